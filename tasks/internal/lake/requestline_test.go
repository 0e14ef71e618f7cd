package lake

import (
	"testing"
	"time"
)

func TestAppendRequest(t *testing.T) {
	at := time.Date(2026, 3, 28, 1, 2, 3, 4567890, time.FixedZone("", 3600))
	for want, r := range map[string]Request{
		`{"id":"ot-1","at":"2026-03-28T00:02:03.004567Z","kind":"reservation","sweep":2,"method":"GET","url":"https://h/p?a=1&b=2","attempt":1,"status":200,"ms":12,"bytes":34}`: {
			ID: "ot-1", Kind: "reservation", Sweep: 2, Method: "GET", URL: "https://h/p?a=1&b=2", Attempt: 1, Status: 200, Millis: 12, Bytes: 34},
		`{"id":"tf-2","at":"2026-03-28T00:02:03.004567Z","token":true,"method":"POST","url":"https://h/t","attempt":3,"failed":"no answer in time","ms":0,"bytes":0}`: {
			ID: "tf-2", Token: true, Method: "POST", URL: "https://h/t", Attempt: 3, Failed: "no answer in time"},
	} {
		got, err := AppendRequest([]byte("x"), at, r)
		if err != nil || string(got) != "x"+want+"\n" {
			t.Errorf("%s, error %v", got, err)
		}
	}
}
