package record

import "testing"

// UUIDs are one however they are written (RFC 9562, section 4), and nothing else changes.
func TestCanonical(t *testing.T) {
	const uuid = "9a4f1c7e-2b60-4d83-95ae-07c8d1f3b264"
	for id, want := range map[string]string{
		uuid: uuid, "9A4F1C7E-2B60-4D83-95AE-07C8D1F3B264": uuid, "9a4F1c7e-2b60-4d83-95ae-07c8d1f3b264": uuid,
		"urn:uuid:" + uuid: uuid, "URN:UUID:9A4F1C7E-2B60-4D83-95AE-07C8D1F3B264": uuid, "{" + uuid + "}": uuid,
		"{9A4F1C7E-2B60-4D83-95AE-07C8D1F3B264}":       uuid,
		"2200417-" + uuid:                              "2200417-" + uuid,
		"2200417-9A4F1C7E-2B60-4D83-95AE-07C8D1F3B264": "2200417-" + uuid,
		"2200417-64AC17F2B93D05E86A41CC7D":             "2200417-64ac17f2b93d05e86a41cc7d",
		"64AC17F2B93D05E86A41CC7D":                     "64ac17f2b93d05e86a41cc7d",
		"rsv_1A":                                       "rsv_1A",
		"2200417-X":                                    "2200417-X", "ABC": "ABC", "": "",
		"-": "-", "7": "7", "7-": "7-", "{}": "{}",
		"9A4F1C7E-2B60-4D83-95AE-07C8D1F3B26":  "9A4F1C7E-2B60-4D83-95AE-07C8D1F3B26",
		"9A4F1C7E-2B60-4D83-95AE+07C8D1F3B264": "9A4F1C7E-2B60-4D83-95AE+07C8D1F3B264",
		"{" + uuid:                             "{" + uuid,
	} {
		if got := Canonical(id); got != want {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
}
