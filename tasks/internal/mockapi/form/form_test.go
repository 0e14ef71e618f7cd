package form

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/tidwall/gjson"
)

func FuzzEveryForm(f *testing.F) {
	f.Add([]byte(`{"id":"x","email":"a","notes":{"a":[1,{}]}}`))
	f.Add([]byte(`{"id":"1001-e04b6d18-5c2f-4a97-8d3e-61fa07c9b245","gpid":"170055501234","birth_date":{"name":"b","year":0}}`))
	f.Add([]byte(`{"a`))
	f.Add([]byte(`{]}`))
	all := OpenTable{Tier: "gold", GuestIDs: "hex", PrimaryGuest: "url", Birthdays: "text", Address: "text", GPID: "number",
		Referrer: "list", States: "spaced", GoldPOSData: "absent", CopperCreatedUTC: "absent"}
	keeps := []func([]byte) []byte{all.Bookings(), all.Guests(1001)}
	f.Fuzz(func(t *testing.T, record []byte) {
		var before, after map[string]any
		for _, keep := range keeps {
			got := keep(record)
			if json.Unmarshal(record, &before) != nil || record[0] != '{' {
				continue
			}
			if err := json.Unmarshal(got, &after); err != nil {
				t.Fatalf("%v: %q became %q", err, record, got)
			}
		}
	})
}

const documents = "../../opentable/testdata/documents/"

func sample(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(documents + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var compact json.RawMessage
	if err := json.Unmarshal(text, &compact); err != nil {
		t.Fatal(err)
	}
	if text, err = json.Marshal(compact); err != nil {
		t.Fatal(err)
	}
	return text
}

func keys(record []byte) (all []string) {
	gjson.ParseBytes(record).ForEach(func(key, _ gjson.Result) bool {
		all = append(all, key.Str)
		return true
	})
	return all
}

// What is left of a record of the highest tier has the keys of the lower one's, in their order.
func TestATierHasTheKeysOfItsExamples(t *testing.T) {
	for _, tier := range []string{"copper", "gold", "platinum"} {
		s := OpenTable{Tier: tier}
		for kind, keep := range map[string]func([]byte) []byte{"reservation": s.Bookings(), "guest": s.Guests(2200417)} {
			record := sample(t, kind+"-platinum")
			if keep != nil {
				record = keep(record)
			}
			if d := cmp.Diff(keys(sample(t, kind+"-"+tier)), keys(record)); d != "" {
				t.Errorf("%s of %s: %s", kind, tier, d)
			}
		}
	}
}

// What the documents say twice, each in the form of the other page, worked out by hand.
func TestTheOtherForm(t *testing.T) {
	guest := []byte(`{"id":"2200417-e04b6d18-5c2f-4a97-8d3e-61fa07c9b245",` +
		`"href":"https://platform.opentable.com/sync/v2/guests/2200417-e04b6d18-5c2f-4a97-8d3e-61fa07c9b245",` +
		`"gpid":"170055501234",` +
		`"birth_date":null,"anniversary_date":{"name":"anniversary","year":0,"month":6,"day":3},` +
		`"primary_guest":"91c4e7b2-0a5d-4f38-86b9-d2f07c6e3a15",` +
		`"address":{"address_line1":"1 Made-up Street","address_line2":"","city":"S","state":"NY","zip":"10001","country":"US"}}`)
	for name, c := range map[string]struct {
		form OpenTable
		want string
	}{
		"hex": {OpenTable{GuestIDs: "hex"}, `{"id":"2200417-e04b6d185c2f4a978d3e61fa",` +
			`"href":"https://platform.opentable.com/sync/v2/guests/2200417-e04b6d185c2f4a978d3e61fa","gpid":"170055501234",` +
			`"birth_date":null,"anniversary_date":{"name":"anniversary","year":0,"month":6,"day":3},` +
			`"primary_guest":"91c4e7b20a5d4f3886b9d2f0",` +
			`"address":{"address_line1":"1 Made-up Street","address_line2":"","city":"S","state":"NY",` +
			`"zip":"10001","country":"US"}}`},
		"all others": {OpenTable{GuestIDs: "mixed", PrimaryGuest: "url", Birthdays: "text", Address: "text", GPID: "number"},
			`{"id":"2200417-e04b6d18-5c2f-4a97-8d3e-61fa07c9b245",` +
				`"href":"https://platform.opentable.com/sync/v2/guests/2200417-e04b6d18-5c2f-4a97-8d3e-61fa07c9b245",` +
				`"gpid":170055501234,"birth_date":null,"anniversary_date":"0000-06-03",` +
				`"primary_guest":"https://platform.opentable.com/sync/v2/guests/2200417-91c4e7b20a5d4f3886b9d2f0",` +
				`"address":"1 Made-up Street, , S, NY, 10001, US"}`},
	} {
		if d := cmp.Diff(c.want, string(c.form.Guests(2200417)(guest))); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	booking := []byte(`{"guest_id":"1-e04b6d18-5c2f-4a97-8d3e-61fa07c9b245","state":"PartiallyArrived","referrer":{"id":"1"}}`)
	if d := cmp.Diff(`{"guest_id":"1-e04b6d185c2f4a978d3e61fa","state":"Partially Arrived","referrer":[{"id":"1"}]}`,
		string(OpenTable{GuestIDs: "hex", States: "spaced", Referrer: "list"}.Bookings()(booking))); d != "" {
		t.Error(d)
	}
	nobody := []byte(`{"guest_id":null,"state":"AllArrived","referrer":null}`)
	if d := cmp.Diff(string(nobody),
		string(OpenTable{GuestIDs: "hex", States: "spaced", Referrer: "list"}.Bookings()(nobody))); d != "" {
		t.Error(d)
	}
	gold := OpenTable{Tier: "gold", GoldPOSData: "absent"}.Bookings()(sample(t, "reservation-gold"))
	copper := OpenTable{Tier: "copper", CopperCreatedUTC: "absent"}.Bookings()(sample(t, "reservation-copper"))
	if slices.Contains(keys(gold), "pos_data") || slices.Contains(keys(copper), "created_date_utc") ||
		!slices.Contains(keys(copper), "pos_data") {
		t.Errorf("%q, %q", keys(gold), keys(copper))
	}
}

func TestMixedIDsAreOfBothForms(t *testing.T) {
	s, hex := OpenTable{GuestIDs: "mixed"}, 0
	for i := range 100 {
		if s.Hex(uuid.NewSHA1(uuid.NameSpaceURL, []byte{byte(i)})) {
			hex++
		}
	}
	if hex < 25 || hex > 75 {
		t.Errorf("%d of 100 ids have 24 digits", hex)
	}
}
