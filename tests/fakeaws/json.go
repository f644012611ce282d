package fakeaws

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// parameters reads the body of a request of one of the JSON services. A
// parameter that the fake does not know is not passed over.
func (c *call) parameters(in any) error {
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(in)
	switch {
	case err == nil:
		return nil
	case strings.Contains(err.Error(), "unknown field"):
		return notImplemented("A parameter is not implemented: " + err.Error())
	}
	return &apiError{Status: http.StatusBadRequest, Code: "SerializationException", Message: err.Error()}
}
