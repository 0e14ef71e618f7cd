package endtoend

import (
	"path"
	"strings"

	"github.com/tidwall/gjson"
)

// mergedInto reports whether a record is a guest's that was merged or archived: OpenTable's documentation says that every other
// attribute is null then. survivor is the id of whom it was merged into, as the other guest's own record has it; empty where
// none is named.
func mergedInto(k key, record []byte) (survivor string, merged bool) {
	if k.platform != "opentable" || k.kind != "customer" {
		return "", false
	}
	r := gjson.ParseBytes(record)
	if into := r.Get("primary_guest").Str; into != "" {
		rid, _, _ := strings.Cut(k.id, "-")
		return rid + "-" + strings.TrimPrefix(path.Base(into), rid+"-"), true
	}
	merged = true
	r.ForEach(func(name, v gjson.Result) bool {
		merged = v.Type == gjson.Null || name.Str == "id" || name.Str == "href" || name.Str == "archived"
		return merged
	})
	return "", merged
}

// survivorsIn returns who each merged guest is in truth: the last of the chain.
func survivorsIn(truth map[key][]byte) map[string]string {
	out := map[string]string{}
	for k, record := range truth {
		if survivor, _ := mergedInto(k, record); survivor != "" {
			out[k.id] = survivor
		}
	}
	for id, last := range out {
		for next := out[last]; next != ""; next = out[last] {
			last = next
		}
		out[id] = last
	}
	return out
}

// forgottenIn returns who is to be forgotten: who asks for it, and every record that was merged with such a one.
func forgottenIn(truth map[key][]byte) map[key]bool {
	out := map[key]bool{}
	for grown := -1; grown != len(out); {
		grown = len(out)
		for k, record := range truth {
			if k.kind != "customer" {
				continue
			}
			if gjson.GetBytes(record, "forgotten").Bool() {
				out[k] = true
			}
			if survivor, _ := mergedInto(k, record); survivor != "" {
				if other := (key{k.platform, k.kind, survivor}); out[k] || out[other] {
					out[k], out[other] = true, true
				}
			}
		}
	}
	return out
}

// survivors returns who the warehouse says that each merged guest is.
func (w *world) survivors() map[string]string {
	w.t.Helper()
	db := w.database()
	defer db.Close()
	out := map[string]string{}
	for _, r := range query(w.t, db, "SELECT customer_id, survivor_id FROM survivors") {
		out[r[0]] = r[1]
	}
	return out
}
