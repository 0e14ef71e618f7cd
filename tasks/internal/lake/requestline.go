package lake

import (
	"time"

	"github.com/go-json-experiment/json"
)

// KindRequest is the kind of the objects of a reading's request log: no records, and in no other zone than raw.
const KindRequest = "request"

// Request is a line of a reading's request log: a request as it was sent to the platform, an attempt each, and what came of
// it. It holds no secret and nothing of an answer.
type Request struct {
	ID      string `json:"id"`             // the platform's, or the program's own where it gave none
	At      string `json:"at"`             // when it was sent: UTC, RFC 3339 with microseconds
	Kind    string `json:"kind,omitempty"` // what was being read
	Sweep   int    `json:"sweep,omitzero"` // of its list, from 1; 0 where a record was asked for to see whether it is there
	Token   bool   `json:"token,omitzero"` // it asked for a token
	Method  string `json:"method"`
	URL     string `json:"url"`              // with its query
	Attempt int    `json:"attempt"`          // of its call, from 1
	Status  int    `json:"status,omitzero"`  // 0 where no answer came
	Failed  string `json:"failed,omitempty"` // why there was no answer that could be used, where the status does not say
	Millis  int64  `json:"ms"`               // until the answer was read
	Bytes   int64  `json:"bytes"`            // of its body, uncompressed
}

// AppendRequest appends the line of a request that was sent at a time, with its newline, to dst.
func AppendRequest(dst []byte, at time.Time, r Request) ([]byte, error) {
	r.At = at.UTC().Format(readAtForm)
	line, err := json.Marshal(r)
	return append(append(dst, line...), '\n'), err
}
