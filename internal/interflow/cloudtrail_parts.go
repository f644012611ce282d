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
	parameters // requestParameters
	response   // responseElements
)

// classify tells what a member of the branch is: the branch that it begins,
// or the note that it is.
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
		case "userIdentity":
			return userIdentity, noNote
		case "requestParameters":
			return parameters, noNote
		case "responseElements":
			return response, noNote
		case "timeWindow":
			return timeWindow, noNote
		case "eventTime":
			return other, noteEventTime
		case "eventID", "eventId": // eventId: aggregated events
			return other, noteEventID
		case "recipientAccountId":
			return other, noteAccount
		case "accountId": // aggregated events
			return other, noteOwner
		case "eventName":
			return other, noteEventName
		case "sourceIPAddress":
			return other, noteSource
		}
	case userIdentity:
		switch string(name) {
		case "sessionContext":
			return sessionContext, noNote
		case "type":
			return other, noteUserType
		case "userName":
			return other, noteUserName
		case "principalId":
			return other, notePrincipal
		case "arn":
			return other, noteUserARN
		}
	case sessionContext:
		if string(name) == "sessionIssuer" {
			return sessionIssuer, noNote
		}
	case sessionIssuer:
		if string(name) == "userName" {
			return other, noteIssuerName
		}
	case timeWindow:
		if string(name) == "windowStart" {
			return other, noteWindowStart
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
