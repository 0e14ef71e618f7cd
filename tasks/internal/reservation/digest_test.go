package reservation_test

import (
	"reflect"
	"testing"

	"covers/tasks/internal/reservation"
)

// Each field but the origin must move the digest: a field left out would make two observations look like one.
func TestDigestCoversEveryField(t *testing.T) {
	var d reservation.Digester
	t.Run("reservation", func(t *testing.T) {
		everyField(t, reflect.TypeFor[reservation.Reservation](), func(v reflect.Value) string {
			r := v.Interface().(reservation.Reservation)
			return string(d.Reservation(&r))
		})
	})
	t.Run("customer", func(t *testing.T) {
		everyField(t, reflect.TypeFor[reservation.Customer](), func(v reflect.Value) string {
			c := v.Interface().(reservation.Customer)
			return string(d.Customer(&c))
		})
	})
}

func everyField(t *testing.T, typ reflect.Type, digest func(reflect.Value) string) {
	seen := map[string]string{digest(reflect.Zero(typ)): "the zero row"}
	for i := range typ.NumField() {
		name := typ.Field(i).Name
		v := reflect.New(typ).Elem()
		set(v.Field(i))
		got := digest(v)
		if name == "Origin" {
			if seen[got] != "the zero row" {
				t.Errorf("the origin moves the digest")
			}
			continue
		}
		if len(got) != 32 {
			t.Errorf("%s: digest has %d digits, want 32", name, len(got))
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%s: same digest as %s", name, other)
		}
		seen[got] = name
	}
}

// set returns a field a value other than its zero.
func set(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem())) // present and zero: not the same as absent
	case reflect.String:
		v.SetString("x")
	case reflect.Int64, reflect.Int32:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Struct:
		for i := range v.NumField() {
			set(v.Field(i))
		}
	}
}

// A token's value does not move the digest that is compared where the key is not known, whether there is one does, and so does
// all else.
func TestKeyless(t *testing.T) {
	var d reservation.Digester
	a, b, yes := "a", "b", true
	keyless := func(c reservation.Customer) string { return string(d.Keyless(&c)) }
	if keyless(reservation.Customer{EmailToken: &a}) != keyless(reservation.Customer{EmailToken: &b}) {
		t.Error("the token moves it")
	}
	none := keyless(reservation.Customer{})
	for name, c := range map[string]reservation.Customer{
		"a token": {PhoneToken: &a}, "an attribute": {VIP: &yes}, "the id": {CustomerID: a}, "the clock": {Clock: 1},
	} {
		if keyless(c) == none {
			t.Errorf("%s does not move it", name)
		}
	}
	guest := reservation.Customer{NameToken: &a}
	if d.Keyless(&guest); *guest.NameToken != "a" {
		t.Error("the row was changed")
	}
}
