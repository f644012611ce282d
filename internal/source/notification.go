package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	jsoniter "github.com/json-iterator/go"
)

// Notification is what a message of a queue says.
type Notification struct {
	// TestBucket is the bucket of an s3:TestEvent, which S3 sends once when
	// notifications are set up; "" in every other message.
	TestBucket string
	// TrailTest: it is CloudTrail's test of a topic that a trail was given.
	TrailTest bool
	Events    []ObjectEvent
}

// ObjectEvent is what has happened to one object.
type ObjectEvent struct {
	Bucket, Key string
	ETag        string    // without quotes; "" where the sender left it out
	Size        int64     // bytes
	Time        time.Time // of the event; zero where it is not readable
	Created     bool      // else it was removed, restored, tagged …
}

// errNoNotification says that a message is no notification of S3 or CloudTrail.
var errNoNotification = errors.New("no notification of S3 or CloudTrail")

// trailTest is all of CloudTrail's test, in SNS's envelope or raw: no JSON.
const trailTest = "CloudTrail validation message."

// The forms of a notification, all in one: their members have different names.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
type notificationForm struct {
	Records []struct {
		EventName string    `json:"eventName"`
		EventTime string    `json:"eventTime"`
		S3        eventForm `json:"s3"`
	}
	// s3:TestEvent, the only one with Bucket beside Event.
	Event, Bucket string
	// SNS around any other form.
	Type, Message string
	// EventBridge.
	Source     string    `json:"source"`
	DetailType string    `json:"detail-type"`
	Time       string    `json:"time"`
	Detail     eventForm `json:"detail"`
	// CloudTrail, where the trail itself has a topic of SNS.
	TrailBucket string   `json:"s3Bucket"`
	TrailKeys   []string `json:"s3ObjectKey"`
}

// eventForm is an object, the key's and the ETag's name apart, as S3 and
// EventBridge both write it.
type eventForm struct {
	Bucket struct {
		Name string `json:"name"`
	} `json:"bucket"`
	Object struct {
		Key        string `json:"key"`
		Size       int64  `json:"size"`
		ETag       string `json:"eTag"` // S3
		BridgeETag string `json:"etag"` // EventBridge
	} `json:"object"`
}

// notificationJSON matches names exactly: "etag" is EventBridge's, "eTag" S3's.
var notificationJSON = jsoniter.Config{CaseSensitive: true}.Froze()

// ParseNotification reads a message: an event notification of S3, with any
// number of objects, as S3 sends it, or through SNS (raw or in SNS's envelope),
// or EventBridge's event, or what CloudTrail itself sends to a trail's topic.
// Anything else is an error.
func ParseNotification(body string) (Notification, error) {
	if body == trailTest {
		return Notification{TrailTest: true}, nil
	}
	form, err := readForm(body)
	if err != nil {
		return Notification{}, err
	}
	if form.Type == "Notification" && len(form.Records) == 0 && form.Event == "" {
		if form.Message == trailTest {
			return Notification{TrailTest: true}, nil
		}
		if form, err = readForm(form.Message); err != nil {
			return Notification{}, fmt.Errorf("message of SNS: %w", err)
		}
	}
	switch {
	case form.Event == "s3:TestEvent" && form.Bucket != "":
		return Notification{TestBucket: form.Bucket}, nil
	case form.Source == "aws.s3" && form.DetailType != "":
		return form.bridge()
	case len(form.Records) > 0:
		return form.records()
	case form.TrailBucket != "" && len(form.TrailKeys) > 0:
		return form.trail()
	}
	return Notification{}, errNoNotification
}

// readForm decodes text. jsoniter takes some of what is no JSON where it skips.
func readForm(text string) (notificationForm, error) {
	var form notificationForm
	if !utf8.ValidString(text) || !json.Valid([]byte(text)) {
		return form, fmt.Errorf("%w: it is no JSON", errNoNotification)
	}
	if err := notificationJSON.UnmarshalFromString(text, &form); err != nil {
		return form, fmt.Errorf("%w: its members have other types", errNoNotification)
	}
	return form, nil
}

// records are those that S3 itself writes. Keys are encoded as in the query of
// a URL: a space is "+".
func (f *notificationForm) records() (Notification, error) {
	var n Notification
	for _, r := range f.Records {
		if r.S3.Bucket.Name == "" || r.S3.Object.Key == "" {
			return Notification{}, fmt.Errorf("%w: a record names no object", errNoNotification)
		}
		key, err := url.QueryUnescape(r.S3.Object.Key)
		if err != nil {
			return Notification{}, fmt.Errorf("%w: decode key %q: %w", errNoNotification, r.S3.Object.Key, err)
		}
		n.Events = append(n.Events, ObjectEvent{
			Bucket: r.S3.Bucket.Name, Key: key, ETag: unquote(r.S3.Object.ETag), Size: r.S3.Object.Size, Time: eventTime(r.EventTime),
			// S3-compatible stores write the "s3:" that S3 has in the configuration only.
			Created: strings.HasPrefix(strings.TrimPrefix(r.EventName, "s3:"), "ObjectCreated:"),
		})
	}
	return n, nil
}

// bridge is the event of EventBridge, which encodes nothing.
func (f *notificationForm) bridge() (Notification, error) {
	d := f.Detail
	if d.Bucket.Name == "" || d.Object.Key == "" {
		return Notification{}, fmt.Errorf("%w: an event of type %q names no object", errNoNotification, f.DetailType)
	}
	return Notification{Events: []ObjectEvent{{
		Bucket: d.Bucket.Name, Key: d.Object.Key, ETag: unquote(d.Object.BridgeETag), Size: d.Object.Size, Time: eventTime(f.Time),
		Created: f.DetailType == "Object Created",
	}}}, nil
}

// trail is what CloudTrail tells of files that it has delivered: names alone,
// and they are not encoded.
func (f *notificationForm) trail() (Notification, error) {
	var n Notification
	for _, key := range f.TrailKeys {
		if key == "" {
			return Notification{}, fmt.Errorf("%w: a file has no name", errNoNotification)
		}
		n.Events = append(n.Events, ObjectEvent{Bucket: f.TrailBucket, Key: key, Created: true})
	}
	return n, nil
}

func eventTime(s string) time.Time {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return at
}
