package record

import "testing"

func TestReduce(t *testing.T) {
	r := Reduction{Guest: "guest_id", Kept: []string{"id", "n", "deposit"}}
	for in, want := range map[string]string{
		`{"id":"a","guest_id":"1001-B","email":"x@y","n":1.50,"note":"\"}"}`: `{"id":"a","n":1.50}`,
		`{"deposit":{"a":[1,{"b":null}]}}`:                                   `{"deposit":{"a":[1,{"b":null}]}}`,
		`{"email":"x"}`:                                                      `{}`,
		`{"id":"a","id":"b"}`:                                                `{"id":"a","id":"b"}`,
		`{"\u0069d":"a"}`:                                                    `{"id":"a"}`,
		`{"id":"a"`:                                                          `null`,
		`{"id":"a"} {"email":1}`:                                             `null`,
		`["email"]`:                                                          `null`,
		``:                                                                   `null`,
		`null`:                                                               `null`,
		"{\"id\":\"\xff\"}":                                                  "{\"id\":\"\xff\"}",
	} {
		got := string(r.Reduce([]byte(in)))
		if got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
		if again := string(r.Reduce([]byte(got))); again != got {
			t.Errorf("%s: reduced again it is %s", got, again)
		}
	}
}

func TestGuestOf(t *testing.T) {
	r := Reduction{Guest: "guest_id"}
	for in, want := range map[string]string{
		`{"id":"a","guest_id":"1001-0B2FD9D4-6C83-4D0E-9B4E-4F2E3F1A9C11"}`: "1001-0b2fd9d4-6c83-4d0e-9b4e-4f2e3f1a9c11",
		`{"guest_id":"\u0061"}`: "a", `{"guest_id":7}`: "", `{"id":"a"}`: "", `{"guest_id":"a"`: "a", `x`: "",
	} {
		if got := r.GuestOf([]byte(in)); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
