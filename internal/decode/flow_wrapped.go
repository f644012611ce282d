package decode

import (
	"bytes"
	"errors"
	"fmt"

	jsoniter "github.com/json-iterator/go"

	"in_stellar_aws/internal/jsonscan"
)

// wrapped reads a line of JSON objects that hold flow records as text: Firehose
// writes {"message":"…"} for each, a CloudWatch subscription many to an object.
// They may follow each other without a line end, or stand in a list. After a
// broken one reading goes on with the next, within limits.
func (d *Flow) wrapped(line []byte) error {
	broken := 0
	for i := 0; i < len(line); i = jsonscan.Space(line, i) {
		if c := line[i]; c == '[' || c == ',' || c == ']' {
			i++
			continue
		}
		end, _ := jsonscan.Skip(line, i)
		if end < 0 {
			if broken++; broken > maxBroken {
				d.bad(fmt.Errorf("over %d broken JSON objects in one line: the rest of it is left out", maxBroken))
				return nil
			}
			d.bad(syntaxError(line[i:]))
			i = nextObject(line, i+1)
			continue
		}
		if err := d.unwrap(line[i:end]); err != nil {
			return err
		}
		i = end
	}
	return nil
}

// maxBroken is how many JSON objects of a line may be broken: to find that one
// is can take a look at all that follows it.
const maxBroken = 100

// nextObject is where an object that is not empty begins, at or after i.
func nextObject(line []byte, i int) int {
	if n := bytes.Index(line[i:], []byte(`{"`)); n >= 0 {
		return i + n
	}
	return len(line)
}

// The kinds of messages of a CloudWatch subscription
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html).
const (
	dataMessage    = "DATA_MESSAGE"
	controlMessage = "CONTROL_MESSAGE" // holds no records
)

// unwrap reads the records in one JSON value.
func (d *Flow) unwrap(value []byte) error {
	var object struct {
		Message     string `json:"message"`
		MessageType string `json:"messageType"`
		LogEvents   []struct {
			Message string `json:"message"`
		} `json:"logEvents"`
	}
	err := jsoniter.ConfigCompatibleWithStandardLibrary.Unmarshal(value, &object)
	switch {
	case err != nil:
		d.bad(fmt.Errorf("read wrapped flow record: %w", err))
	case object.MessageType == dataMessage:
		for _, event := range object.LogEvents {
			if err := d.message(event.Message); err != nil {
				return err
			}
		}
	case object.MessageType != controlMessage:
		return d.message(object.Message)
	}
	return nil
}

// message reads the lines of a text that was in JSON.
func (d *Flow) message(text string) error {
	lines := bytes.TrimSpace([]byte(text))
	if len(lines) == 0 {
		d.bad(errors.New("a JSON object that holds no flow record"))
	}
	for line := range bytes.FieldsFuncSeq(lines, func(r rune) bool { return r == '\n' }) {
		if err := d.plain(bytes.TrimSpace(line)); err != nil {
			return err
		}
	}
	return nil
}
