package interflow

import "bytes"

// note names a value that a standard field is made of.
type note int

const (
	noNote note = iota
	noteEventTime
	noteWindowStart // of an aggregated event
	noteEventID
	noteAccount
	noteOwner // account of an aggregated event
	noteEventName
	noteSource
	noteUserType
	noteUserName
	noteIssuerName
	notePrincipal
	noteUserARN
	noteConsoleLogin
	noteCount
)

// branch is which object of the record is being read, as far as that matters.
type branch int

const (
	other branch = iota
	root
	userIdentity
	sessionContext
	sessionIssuer
	timeWindow
	lowerResponse // responseelements, all of whose members are fields
	parameters    // requestParameters
	response      // responseElements
)

// classify tells what a member of the branch is: the branch that it begins,
// or the note that it is. Databases, such as Athena's, give all names in lower
// case.
func (m *CloudTrail) classify(in branch, name []byte) (branch, note) {
	if bytes.IndexByte(name, '_') >= 0 {
		m.suspect = true
	}
	switch in {
	case root:
		for _, first := range m.extra {
			m.suspect = m.suspect || bytes.Equal(name, first)
		}
		switch string(name) {
		case "timestamp", "write", "stellar", "msg", "tenant", "tenantid", "srcip", "login":
			m.suspect = true // the first parts of the envelope's and the standard fields' names
		case "userIdentity", "useridentity":
			return userIdentity, noNote
		case "requestParameters":
			return parameters, noNote
		case "responseElements":
			return response, noNote
		case "responseelements":
			return lowerResponse, noNote
		case "timeWindow":
			return timeWindow, noNote
		case "eventTime", "eventtime":
			return other, noteEventTime
		case "eventID", "eventId", "eventid": // eventId: aggregated events
			return other, noteEventID
		case "recipientAccountId", "recipientaccountid":
			return other, noteAccount
		case "accountId": // aggregated events
			return other, noteOwner
		case "eventName", "eventname":
			return other, noteEventName
		case "sourceIPAddress", "sourceipaddress":
			return other, noteSource
		}
	case userIdentity:
		switch string(name) {
		case "sessionContext", "sessioncontext":
			return sessionContext, noNote
		case "type":
			return other, noteUserType
		case "userName", "username":
			return other, noteUserName
		case "principalId", "principalid":
			return other, notePrincipal
		case "arn":
			return other, noteUserARN
		}
	case sessionContext:
		if n := string(name); n == "sessionIssuer" || n == "sessionissuer" {
			return sessionIssuer, noNote
		}
	case sessionIssuer:
		if n := string(name); n == "userName" || n == "username" {
			return other, noteIssuerName
		}
	case timeWindow:
		if string(name) == "windowStart" {
			return other, noteWindowStart
		}
	case lowerResponse:
		if string(name) == "consolelogin" {
			return other, noteConsoleLogin
		}
	case response:
		if string(name) == "ConsoleLogin" {
			return other, noteConsoleLogin
		}
		m.suspect = m.suspect || string(name) == "str"
	case parameters:
		m.suspect = m.suspect || string(name) == "str"
	}
	return other, noNote
}
