package decode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	jsoniter "github.com/json-iterator/go"

	"in_stellar_aws/internal/jsonscan"
)

// shape is what an object of an S3 object's top level is.
type shape int

const (
	shapeRecord       shape = iota // a record itself
	shapeEnvelope                  // has Records
	shapeDigest                    // a CloudTrail digest file
	shapeSubscription              // a CloudWatch Logs subscription message
)

// unescaped is a name without escapes, which hardly any has.
func unescaped(name []byte) []byte {
	if bytes.IndexByte(name, '\\') < 0 {
		return name
	}
	plain, _ := jsonscan.AppendUnquoted(nil, name)
	return plain
}

// isRecords tells the name of the list of records. Exports of databases write
// all names in lower case.
func isRecords(name []byte) bool {
	name = unescaped(name)
	return string(name) == "Records" || string(name) == "records"
}

// shape looks at the names in the object at the window's start. A digest has
// no records but logFiles
// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html);
// a subscription message has messageType and logEvents
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html).
func (d *Records) shape() (shape, error) {
	for {
		kind, end := shapeOf(d.win.b, d.win.i, d.finder.usual)
		if end != jsonscan.Short {
			return kind, nil // what is broken is a record that says so
		}
		switch err := d.more(); {
		case errors.Is(err, errTooLong), errors.Is(err, io.EOF):
			return shapeRecord, nil
		case err != nil:
			return shapeRecord, err
		}
	}
}

func shapeOf(b []byte, i int, usual string) (kind shape, end int) {
	var logFiles, digest, messageType, logEvents bool
	i = jsonscan.Space(b, i+1)
	for first := true; ; first = false {
		if i < len(b) && b[i] == '}' {
			return shapeRecord, i
		}
		name, value := jsonscan.Name(b, i)
		if value < 0 {
			return shapeRecord, value
		}
		switch string(unescaped(name)) {
		case "Records":
			return shapeEnvelope, value
		case "records":
			if value < len(b) && b[value] == '[' {
				return shapeEnvelope, value
			}
		case "logFiles":
			logFiles = true
		case "digestS3Object", "digestStartTime":
			digest = true
		case "messageType":
			messageType = true
		case "logEvents":
			logEvents = true
		case usual:
			if first {
				return shapeRecord, value
			}
		}
		switch {
		case logFiles && digest:
			return shapeDigest, value
		case messageType && logEvents:
			return shapeSubscription, value
		}
		if i, _ = jsonscan.Skip(b, value); i < 0 {
			return shapeRecord, i
		}
		if i = jsonscan.Space(b, i); i < len(b) && b[i] == ',' {
			i = jsonscan.Space(b, i+1)
		}
	}
}

// subscription reads a message of a CloudWatch Logs subscription that was
// written to S3 as it was: its events' messages are the records. A control
// message carries none.
func (d *Records) subscription() error {
	start := d.win.i
	end, _ := jsonscan.Skip(d.win.b, start)
	for end == jsonscan.Short {
		if err := d.more(); err != nil {
			return d.cut(err)
		}
		start = d.win.i
		end, _ = jsonscan.Skip(d.win.b, start)
	}
	if end < 0 {
		return d.broken(syntaxError(d.win.b[start:]))
	}
	var message struct {
		MessageType string `json:"messageType"`
		LogEvents   []struct {
			Message string `json:"message"`
		} `json:"logEvents"`
	}
	if err := jsoniter.ConfigCompatibleWithStandardLibrary.Unmarshal(d.win.b[start:end], &message); err != nil {
		return d.broken(fmt.Errorf("read subscription message: %w", err))
	}
	switch message.MessageType {
	case controlMessage:
	case dataMessage:
		for _, event := range message.LogEvents {
			if err := d.message([]byte(event.Message)); err != nil {
				return err
			}
		}
	default:
		d.bad(fmt.Errorf("a subscription message of type %q", message.MessageType))
	}
	d.win.i = end
	return nil
}

// message reads the records, mostly one, in a subscription's message.
func (d *Records) message(text []byte) error {
	for i := jsonscan.Space(text, 0); ; {
		buf, end := d.mapper.Map(d.buf, text, i, d.ordinal)
		if end < 0 {
			d.buf = buf
			d.bad(fmt.Errorf("read message of a subscription: %w", syntaxError(text[i:])))
			return nil
		}
		if err := d.accept(buf); err != nil {
			return err
		}
		if i = jsonscan.Space(text, end); i == len(text) {
			return nil
		}
	}
}

// errInvalid says that a value is no JSON, beyond where it is looked for why.
var errInvalid = errors.New("invalid JSON")

// syntaxError says, in encoding/json's words, what is wrong with the value
// that b begins with.
func syntaxError(b []byte) error {
	const look = 64 << 10 // enough for most records; the words are for people
	var value json.RawMessage
	err := json.Unmarshal(b[:min(len(b), look)], &value)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset < int64(min(len(b), look)) {
		return fmt.Errorf("invalid JSON at byte %d of the record: %w", syntax.Offset, err)
	}
	return errInvalid
}
