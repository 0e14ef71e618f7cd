package scenario

import (
	"strings"
	"testing"

	"covers/tasks/internal/fault"
)

func TestBadScenariosAreRefusedByLine(t *testing.T) {
	const rules = "about: x\nrules:\n"
	for text, want := range map[string]string{
		"":                                     "line 1: it is empty",
		rules + "  - {kind: cut, tmes: 3}":     "line 3: no key is called tmes",
		rules + "  - {kind: cut, times: many}": "line 3: cannot unmarshal",
		"about: x\nrule: []":                   "line 2: no key is called rule",
		"about: x\nrules: [":                   "line 2",
		"rules:\n  - {kind: cut, times: 1}":    "about is missing",
		"about: x":                             "rules are missing",
		rules + "  - {kind: cut, times: 1}\n  - {kind: cutt, times: 1}": `line 4: there is no kind "cutt"`,
		rules + "  - {kind: cut}":                                            "line 3: say with times or until when it ends",
		rules + "  - {kind: cut, times: 1, per_page: 2}":                     "line 3: per_page means nothing to the kind cut",
		rules + "  - {kind: not_found, route: list, times: 1}":               `line 3: route is "list", want one of record`,
		rules + "  - {kind: cut, platform: quandoo, times: 1}":               "line 3: platform is",
		rules + "  - {kind: cut, route: token, records: customer, times: 1}": "line 3: a token is not about records",
		rules + "  - {kind: cut, times: -1}":                                 "line 3",
		rules + "  - {kind: cut, times: 1, share: 1.5}":                      "a share of 1 at most",
		rules + "  - {kind: server_error, times: 1}":                         "line 3: status is 0, want 500 to 599",
		rules + "  - {kind: slow, times: 1}":                                 "line 3: delay is 0s",
		rules + "  - {kind: new_type, form: date, times: 1}":                 "line 3: form is",
		"about: x\nnow: yesterday\nrules:\n  - {kind: cut, times: 1}":        "line 2",

		rules + "  - {kind: too_many_requests, retry_after: 1500ms, times: 1}": "line 3: retry_after is 1.5s, want whole seconds",

		rules + "  - kind: moved\n    times: 1\n  - kind: moved\n    until: 4\n    form: x": "line 5: form means nothing",
	} {
		_, err := Parse("bad.yaml", []byte(text))
		if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %s, got %v", text, want, err)
		}
	}
}
