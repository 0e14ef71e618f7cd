package mockapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
)

// description is one of docs/api, taken apart as far as the tests ask.
type description struct {
	Paths      map[string]map[string]yaml.Node
	Components struct {
		Parameters map[string]struct{ Schema schema }
		Schemas    map[string]schema
	}
}

type schema struct {
	Ref        string    `yaml:"$ref"`
	Type       yaml.Node // text, or a list of it
	Enum       []*string
	AnyOf      []schema `yaml:"anyOf"`
	Items      *schema
	Properties map[string]schema
	Maximum    int64
	Default    yaml.Node
}

func describe(t *testing.T, platform string) *description {
	t.Helper()
	text, err := os.ReadFile("../../../docs/api/" + platform + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var d description
	if err := yaml.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

var descriptions = []string{reservation.OpenTable, reservation.TheFork}

func TestEveryRouteIsDescribed(t *testing.T) {
	w := testWorld(t).serve(Settings{})
	served := map[string]bool{}
	for _, r := range w.server.routes {
		if strings.Contains(r.name, " ") { // the others refuse what the platform does not know
			served[r.name] = true
		}
	}
	described := map[string]bool{}
	for _, platform := range descriptions {
		for path, item := range describe(t, platform).Paths {
			for method := range item {
				if method != "servers" {
					described[strings.ToUpper(method)+" "+path] = true
				}
			}
		}
	}
	if !maps.Equal(served, described) {
		t.Errorf("served and described differ:\n%q\n%q", slices.Sorted(maps.Keys(served)), slices.Sorted(maps.Keys(described)))
	}
}

func TestDefaultsAndMaximaAreDescribed(t *testing.T) {
	for platform, want := range map[string][2]int64{
		reservation.OpenTable: {opentable.DefaultLimit, opentable.MaxLimit},
		reservation.TheFork:   {thefork.DefaultLimit, thefork.MaxLimit},
	} {
		s := describe(t, platform).Components.Parameters["limit"].Schema
		var def int64
		if err := s.Default.Decode(&def); err != nil {
			t.Fatal(err)
		}
		if def != want[0] || s.Maximum != want[1] {
			t.Errorf("%s: limit %d, at most %d: want %v", platform, def, s.Maximum, want)
		}
	}
}

// Every field of the wire types is described, with its type and whether it may be null, and no other.
func TestEveryFieldIsDescribed(t *testing.T) {
	for platform, roots := range map[string]map[string]any{
		reservation.OpenTable: {"Reservation": opentable.Reservation{}, "Guest": opentable.Guest{}, "Error": opentable.Error{},
			"Token": opentable.TokenReply{}, "Page": opentable.Page{}},
		reservation.TheFork: {
			"Reservation": thefork.Reservation{}, "Customer": thefork.Customer{}, "Error": thefork.Error{},
			"GatewayError": thefork.GatewayError{},
			"Token":        thefork.TokenReply{}, "TokenRequest": thefork.TokenRequest{}, "IDPage": thefork.IDPage{},
		},
	} {
		d := describe(t, platform)
		for name, value := range roots {
			d.compare(t, platform+" "+name, reflect.TypeOf(value), d.Components.Schemas[name])
		}
	}
}

func (d *description) compare(t *testing.T, where string, typ reflect.Type, s schema) {
	t.Helper()
	fields := map[string]reflect.Type{}
	collect(typ, fields)
	for name := range s.Properties {
		if _, ok := fields[name]; !ok {
			t.Errorf("%s.%s is described, and the code has no such field", where, name)
		}
	}
	for name, field := range fields {
		property, ok := s.Properties[name]
		if !ok {
			t.Errorf("%s.%s is not described", where, name)
			continue
		}
		d.compareField(t, where+"."+name, field, property)
	}
}

// collect returns the fields of a JSON object, those of embedded structs among them.
func collect(typ reflect.Type, into map[string]reflect.Type) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		if f.Anonymous {
			embedded := f.Type
			if embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			collect(embedded, into)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		into[name] = f.Type
	}
}

var jsonTypes = map[reflect.Kind]string{reflect.String: "string", reflect.Int: "integer", reflect.Int64: "integer",
	reflect.Bool: "boolean", reflect.Slice: "array", reflect.Map: "object", reflect.Struct: "object"}

func (d *description) compareField(t *testing.T, where string, typ reflect.Type, s schema) {
	t.Helper()
	if typ == reflect.TypeFor[json.RawMessage]() {
		return // whatever the platform sends
	}
	nullable := typ.Kind() == reflect.Pointer
	if nullable {
		typ = typ.Elem()
	}
	types, resolved := d.types(t, s)
	want := jsonTypes[typ.Kind()]
	if typ == reflect.TypeFor[json.Number]() {
		want = "number"
	}
	if !types[want] || nullable && !types["null"] || !nullable && types["null"] && typ.Kind() != reflect.Slice &&
		typ.Kind() != reflect.Map {
		t.Errorf("%s is described as %v, and the code has %s, null %v", where, slices.Sorted(maps.Keys(types)), want, nullable)
	}
	switch {
	case typ.Kind() == reflect.Struct:
		d.compare(t, where, typ, resolved)
	case typ.Kind() == reflect.Slice && resolved.Items != nil && typ.Elem() != reflect.TypeFor[json.RawMessage]():
		d.compareField(t, where+"[]", typ.Elem(), *resolved.Items)
	case typ.Kind() == reflect.Slice && resolved.Items == nil && typ.Elem() != reflect.TypeFor[json.RawMessage]():
		t.Errorf("%s: its items are not described", where)
	}
}

// types returns the JSON types that a schema allows, and the schema that has its properties.
func (d *description) types(t *testing.T, s schema) (map[string]bool, schema) {
	t.Helper()
	if s.Ref != "" {
		name := strings.TrimPrefix(s.Ref, "#/components/schemas/")
		to, ok := d.Components.Schemas[name]
		if !ok {
			t.Fatalf("%s leads nowhere", s.Ref)
		}
		return d.types(t, to)
	}
	out, main := map[string]bool{}, s
	for _, part := range s.AnyOf {
		types, resolved := d.types(t, part)
		maps.Copy(out, types)
		if resolved.Properties != nil {
			main = resolved
		}
	}
	for _, e := range s.Enum {
		if e == nil {
			out["null"] = true
		} else {
			out["string"] = true
		}
	}
	if s.Type.Kind == yaml.ScalarNode {
		out[s.Type.Value] = true
	}
	for _, n := range s.Type.Content {
		out[n.Value] = true
	}
	if len(out) == 0 && s.Default.Kind == 0 {
		out["string"] = true // a const, which here is always text
	}
	return out, main
}

func TestClosedListsAreDescribed(t *testing.T) {
	ot, tf := describe(t, reservation.OpenTable).Components.Schemas, describe(t, reservation.TheFork).Components.Schemas
	for name, list := range map[string]struct {
		described []*string
		want      []string
	}{
		"state": {ot["State"].Enum,
			slices.Concat(opentable.ExpectedStates, opentable.InHouseStates, opentable.SeatedStates, opentable.FinalStates)},
		"table_category":     {ot["Reservation"].Properties["table_category"].Enum, opentable.TableCategories},
		"status":             {tf["Reservation"].Properties["status"].Enum, thefork.Statuses},
		"mealStatus":         {tf["Reservation"].Properties["mealStatus"].Enum, thefork.MealStatuses},
		"reservationChannel": {tf["Reservation"].Properties["reservationChannel"].Enum, thefork.Channels},
		"offerType":          {tf["OfferDetails"].Properties["offerType"].Enum, thefork.OfferTypes},
		"presetMenuType":     {tf["OfferDetails"].Properties["presetMenuType"].Enum, thefork.PresetMenuTypes},
	} {
		var got []string
		for _, e := range list.described {
			if e != nil {
				got = append(got, *e)
			}
		}
		if !slices.Equal(got, list.want) {
			t.Errorf("%s: described are %q, the code has %q", name, got, list.want)
		}
	}
}

// What only a description showed to be missing.

func TestARefusedMethodNamesThoseThatAreServed(t *testing.T) {
	w := testWorld(t).serve(Settings{})
	for path, allow := range map[string]string{
		"/api/v2/oauth/token": "GET, HEAD, POST", "/sync/v2/reservations": "GET, HEAD",
		"/sync/v2/reservations/" + someID: "GET, HEAD",
		"/sync/v2/guests":                 "GET, HEAD", "/sync/v2/guests/" + someID: "GET, HEAD",
		"/oauth/token": "POST", "/manager/v1/reservations": "GET, HEAD", "/manager/v1/customers/x": "GET, HEAD",
	} {
		if res, _ := w.ask("DELETE", path, ""); res.StatusCode != http.StatusMethodNotAllowed ||
			res.Header.Get("Allow") != allow {
			t.Errorf("%s: %d, Allow %q, want %q", path, res.StatusCode, res.Header.Get("Allow"), allow)
		}
	}
}

func TestAParameterWithoutAValueIsRefused(t *testing.T) {
	w := testWorld(t).serve(Settings{})
	const days = "?startDate=2026-03-28&endDate=2026-03-28&groupUuid=" + group
	for _, name := range []string{"limit", "offset", "updated_after", "scheduled_time_from", "scheduled_time_to",
		"confirmation_id"} {
		if res, body := w.get(reservation.OpenTable,
			"/sync/v2/reservations?rid=1001&"+name+"="); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
	}
	for _, name := range []string{"limit", "page", "filterBy"} {
		if res, body := w.get(reservation.TheFork,
			"/manager/v1/reservations"+days+"&"+name+"="); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
	}
}

func TestOnlyALimitIsCut(t *testing.T) {
	w := testWorld(t).serve(Settings{OverLimit: "clamp"})
	for query, want := range map[string]int{"&limit=2001": 200, "&offset=2147483649": 400,
		"&confirmation_id=9223372036854775807": 400} {
		if res, body := w.get(reservation.OpenTable, "/sync/v2/reservations?rid=1001"+query); res.StatusCode != want {
			t.Errorf("%s: %d %s", query, res.StatusCode, body)
		}
	}
}

func TestTheForksStatusForAnothersRestaurant(t *testing.T) {
	const days, other = "?startDate=2026-03-28&endDate=2026-03-28", "7a1d3c90-44be-4f0e-9d52-6b8e4c2a9999"
	for setting, want := range map[string]int{"": 401, "403": 403, "401": 401, "404": 404} {
		w := testWorld(t).serve(Settings{TheFork: TheForkSettings{Foreign: setting}})
		for _, path := range []string{"reservations" + days + "&groupUuid=", "reservations" + days + "&restaurantUuid=",
			"customers" + days + "&groupUuid="} {
			if res, body := w.get(reservation.TheFork, "/manager/v1/"+path+other); res.StatusCode != want {
				t.Errorf("%q: %s: %d %s", setting, path, res.StatusCode, body)
			}
		}
	}
}
