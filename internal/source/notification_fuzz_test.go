package source

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzNotification compares with what encoding/json and a walk through its
// maps find.
func FuzzNotification(f *testing.F) {
	one := s3Record("ObjectCreated:Put", "logs", "a+b%2F%C3%BC")
	seeds := []string{
		s3Event(one), s3Event(one, one), viaSNS(s3Event(one)), bridgeEvent("Object Created", "logs", "a b"), viaSNS(bridgeEvent("Object Deleted", "l", "k")), trailEvent("logs", "a b", "c"), viaSNS(trailEvent("logs", "a")), trailTest, viaSNS(trailTest), testEvent, viaSNS(testEvent),
		`{"Type":"SubscriptionConfirmation","Message":"x"}`, `{"Records":null,"Event":null}`, `{"Records":[null]}`, s3Event(s3Record("ObjectRemoved:Delete", "l", "%")),
	}
	files, err := filepath.Glob("testdata/notifications/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds in testdata/notifications: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		seeds = append(seeds, string(text))
	}
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := ParseNotification(body)
		said := 0
		for _, is := range []bool{err != nil, got.TestBucket != "", got.TrailTest, len(got.Events) > 0} {
			if is {
				said++
			}
		}
		if said != 1 {
			t.Fatalf("not an error or else one of the three: %+v, %v", got, err)
		}
		for _, e := range got.Events {
			if e.Bucket == "" || e.Key == "" {
				t.Fatalf("an event of no object: %+v", e)
			}
		}
		want, ok := referenceNotification(body)
		if !ok {
			return // what encoding/json reads in another way, such as members given twice
		}
		if want == nil != (err != nil) || want != nil && !reflect.DeepEqual(got, *want) {
			t.Fatalf("got %+v, %v; encoding/json finds %+v", got, err, want)
		}
	})
}

// referenceNotification is nil for what is no notification. It is not ok where
// JSON's reading is anybody's choice: members twice, broken surrogates, null
// and numbers that are no integers.
func referenceNotification(body string) (n *Notification, ok bool) {
	switch {
	case body == trailTest:
		return &Notification{TrailTest: true}, true
	case strings.Contains(body, `\u`) || strings.Contains(body, "null") || hasTwins(body):
		return nil, false
	}
	var m map[string]any
	if !utf8.ValidString(body) || json.Unmarshal([]byte(body), &m) != nil || !typesFit(m) {
		return nil, true
	}
	message, _ := m["Message"].(string)
	records, _ := m["Records"].([]any)
	event, _ := m["Event"].(string)
	switch {
	case m["Type"] != "Notification" || len(records) > 0 || event != "":
	case message == trailTest:
		return &Notification{TrailTest: true}, true
	case strings.Contains(message, `\u`) || strings.Contains(message, "null") || hasTwins(message):
		return nil, false
	default:
		m = nil
		if !utf8.ValidString(message) || json.Unmarshal([]byte(message), &m) != nil || !typesFit(m) {
			return nil, true
		}
	}
	return walkNotification(m), true
}

func walkNotification(m map[string]any) *Notification {
	at := func(m any, path ...string) string {
		for _, name := range path[:len(path)-1] {
			m, _ = member(m, name)
		}
		v, _ := member(m, path[len(path)-1])
		s, _ := v.(string)
		return s
	}
	event := func(m any, etag string, created bool, when string) *ObjectEvent {
		object, _ := member(m, "object")
		size, _ := member(object, "size")
		bytes, _ := size.(float64)
		e := &ObjectEvent{Bucket: at(m, "bucket", "name"), Key: at(object, "key"), ETag: unquote(at(object, etag)), Size: int64(bytes), Created: created, Time: eventTime(when)}
		if e.Bucket == "" || e.Key == "" {
			return nil
		}
		return e
	}
	records, _ := m["Records"].([]any)
	switch {
	case m["Event"] == "s3:TestEvent" && at(m, "Bucket") != "":
		return &Notification{TestBucket: at(m, "Bucket")}
	case m["source"] == "aws.s3" && at(m, "detail-type") != "":
		e := event(m["detail"], "etag", m["detail-type"] == "Object Created", at(m, "time"))
		if e == nil {
			return nil
		}
		return &Notification{Events: []ObjectEvent{*e}}
	case len(records) == 0:
		return walkTrail(at(m, "s3Bucket"), m["s3ObjectKey"])
	}
	n := &Notification{}
	for _, r := range records {
		s3, _ := member(r, "s3")
		name := strings.TrimPrefix(at(r, "eventName"), "s3:")
		e := event(s3, "eTag", strings.HasPrefix(name, "ObjectCreated:"), at(r, "eventTime"))
		if e == nil {
			return nil
		}
		key, err := url.QueryUnescape(e.Key)
		if err != nil {
			return nil
		}
		e.Key = key
		n.Events = append(n.Events, *e)
	}
	return n
}

func walkTrail(bucket string, keys any) *Notification {
	list, _ := keys.([]any)
	if bucket == "" || len(list) == 0 {
		return nil
	}
	n := &Notification{}
	for _, key := range list {
		if key == "" {
			return nil
		}
		n.Events = append(n.Events, ObjectEvent{Bucket: bucket, Key: key.(string), Created: true})
	}
	return n
}

func member(m any, name string) (any, bool) {
	object, _ := m.(map[string]any)
	v, ok := object[name]
	return v, ok
}

// typesFit checks the types of the members that a notification has.
func typesFit(m map[string]any) bool {
	text := func(m any, names ...string) bool {
		for _, name := range names {
			if v, ok := member(m, name); ok {
				if _, isText := v.(string); !isText {
					return false
				}
			}
		}
		return true
	}
	form := func(m any, name string) bool {
		v, ok := member(m, name)
		if !ok {
			return true
		}
		for _, name := range []string{"bucket", "object"} {
			if inner, ok := member(v, name); ok {
				if _, isObject := inner.(map[string]any); !isObject {
					return false
				}
			}
		}
		bucket, _ := member(v, "bucket")
		object, _ := member(v, "object")
		size, hasSize := member(object, "size")
		number, isNumber := size.(float64)
		_, isObject := v.(map[string]any)
		return isObject && text(bucket, "name") && text(object, "key", "eTag", "etag") && (!hasSize || isNumber && number == float64(int64(number)))
	}
	if !text(m, "Event", "Bucket", "Type", "Message", "source", "detail-type", "time", "s3Bucket") || !form(m, "detail") || !texts(m, "s3ObjectKey") {
		return false
	}
	records, ok := m["Records"]
	list, isList := records.([]any)
	if ok && !isList {
		return false
	}
	for _, r := range list {
		if _, isObject := r.(map[string]any); !isObject || !text(r, "eventName", "eventTime") || !form(r, "s3") {
			return false
		}
	}
	return true
}

// texts tells that a member is a list of texts, or is not there.
func texts(m map[string]any, name string) bool {
	v, ok := m[name]
	list, isList := v.([]any)
	for _, item := range list {
		if _, isText := item.(string); !isText {
			return false
		}
	}
	return !ok || isList
}

// hasTwins tells that an object has a member twice, or that a number is
// written in a way that only some take for an integer.
func hasTwins(body string) bool {
	decoder := json.NewDecoder(bytes.NewReader([]byte(body)))
	decoder.UseNumber()
	type level struct {
		names map[string]bool // nil in an array
		value bool            // a member's value comes next
	}
	var levels []level
	for {
		token, err := decoder.Token()
		if err != nil {
			return false
		}
		top := len(levels) - 1
		if number, ok := token.(json.Number); ok {
			if _, err := number.Int64(); err != nil || number == "-0" {
				return true
			}
		}
		if name, ok := token.(string); ok && top >= 0 && levels[top].names != nil && !levels[top].value {
			if levels[top].names[name] {
				return true
			}
			levels[top].names[name], levels[top].value = true, true
			continue
		}
		switch token {
		case json.Delim('{'):
			levels = append(levels, level{names: map[string]bool{}})
			continue
		case json.Delim('['):
			levels = append(levels, level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			levels = levels[:top]
			top--
		}
		if top >= 0 {
			levels[top].value = false
		}
	}
}
