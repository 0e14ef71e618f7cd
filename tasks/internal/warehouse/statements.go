package warehouse

import (
	"embed"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"covers/tasks/internal/warehouse/engine"
)

//go:embed sql
var files embed.FS

// Statement is one SQL statement of the embedded files, or one that an engine makes.
type Statement = engine.Statement

// The statements of a load, by their phase, and those that read.
var (
	landingTables = statements("tables/landing.sql")
	erasingTables = statements("tables/erasing.sql")
	askedTables   = statements("tables/asked_for.sql")
	touchedTables = statements("tables/touched.sql")
	soughtTables  = statements("tables/sought.sql")

	take         = statements("load/01_take.sql")[0]
	unwanted     = statements("load/02_unwanted.sql")
	replaced     = statements("load/03_replaced.sql")
	mergeRows    = statements("load/04_merges.sql")
	erasures     = statements("load/05_erasures.sql")
	connected    = statements("load/06_connected.sql")
	eraseLanded  = statements("load/07_erase.sql")
	eraseThere   = whatIsThere("load/07_erase.sql")
	reached      = statements("load/08_reached.sql")
	absenceRows  = statements("load/09_absences.sql")
	observations = statements("load/10_observations.sql")
	previous     = statements("load/11_previous.sql")
	next         = bothKinds("load/12_next.sql")
	again        = bothKinds("load/13_again.sql")
	current      = bothKinds("load/14_current.sql")
	ledgerRows   = statements("load/15_ledger.sql")
	forget       = statements("forget.sql")
	decide       = statements("decide.sql")
	takeBack     = statements("take_back.sql")
	named        = statements("named.sql")
	seek         = statements("seek.sql")
	holdings     = statements("holdings.sql")

	landedQuery        = query("landed")
	landedToEraseQuery = query("landed_erasures")
	unbalancedQuery    = query("unbalanced")
	changedQuery       = query("changed")
	ledgerQuery        = query("ledger")
	currentQuery       = query("current_counts")
	regressedQuery     = query("regressed")
	historyQuery       = query("history")
	bookingQuery       = query("booking")
	survivorQuery      = query("survivor")
	absencesQuery      = query("absences")
	ranksQuery         = query("ranks")
	holdsQuery         = query("holds")
	heldGuestsQuery    = query("held_guests")
	broughtQuery       = query("brought")
	emptiedQuery       = query("emptied")
	stillErasedQuery   = query("still_erased")
	columnsQuery       = query("columns")
)

// query is the one statement of sql/query/<name>.sql.
func query(name string) Statement { return statements("query/" + name + ".sql")[0] }

// bothKinds reads a file of statements about bookings, and follows it with the same for guests. Names are regular, so that the
// text for guests is that for bookings with the other word.
func bothKinds(name string) []Statement {
	out := statements(name)
	for _, st := range slices.Clone(out) {
		out = append(out, ofCustomers(st))
	}
	return out
}

// guests turns a text about bookings into the same about guests. Of these alone some are hidden, or ask to be forgotten. (Of the
// rows that were current before not all columns are read.)
var guests = strings.NewReplacer("reservation", "customer", ") = 1 AND TRUE", ") = 1 AND COALESCE(o.hidden, FALSE) = FALSE",
	") AND NOT FALSE", notHeeded)

const notHeeded = ") AND NOT (COALESCE(o.forgotten, FALSE) AND o.digest <> '')"

// ofCustomers returns a statement about bookings as the same about guests.
func ofCustomers(st Statement) Statement {
	return Statement{Name: st.Name + " (customers)", SQL: guests.Replace(st.SQL)}
}

// there turns a text that erases in what landed into the same about what is there already, for the guests newly erased.
var there = strings.NewReplacer("landing_customers", "customer_observations", "landing_reservations", "reservation_observations",
	"FROM erasures", "FROM newly_erased")

// whatIsThere reads a file of statements that erase in what landed as the same about what is there already.
func whatIsThere(name string) []Statement {
	out := statements(name)
	for i, st := range out {
		out[i] = Statement{Name: st.Name + " (there)", SQL: there.Replace(st.SQL)}
	}
	return out
}

// winningLine is the line that stands for sql/winning_reservations.sql in other files, as if that were a view. (Not every engine
// has a view that only a session sees, and one that all see cannot know the session's touched keys.) With the other word it
// stands for the same about guests, hidden ones among them.
var (
	winningLine = regexp.MustCompile(`(?m)^( *)SELECT \* FROM winning_(reservation|customer)s(;?)$`)
	winningText = winningSQL()
)

// KEY_HASH(platform, id) stands in other files for the number of a key: the first fifteen digits of its MD5 in hexadecimal, a to
// f read as 0 to 5. (No engine's own hash is another's, and a function of the schema's would be written for each.)
var keyHashCall = regexp.MustCompile(`KEY_HASH\(([a-z_.]+), ([a-z_.]+)\)`)

const keyHashText = `CAST(SUBSTR(TRANSLATE(MD5(CONCAT($1, '/', $2)), 'abcdef', '012345'), 1, 15) AS BIGINT)`

func winningSQL() string {
	text, err := files.ReadFile("sql/winning_reservations.sql")
	if err != nil {
		panic(err)
	}
	return split("winning_reservations.sql", string(text))[0].SQL
}

// statements reads an embedded file. A missing or empty one is a mistake of the build, found by whatever starts the program.
func statements(name string) []Statement {
	text, err := files.ReadFile(path.Join("sql", name))
	if err != nil {
		panic(err)
	}
	with := winningLine.ReplaceAllStringFunc(string(text), func(line string) string {
		parts := winningLine.FindStringSubmatch(line)
		text := winningText
		if parts[2] == "customer" {
			text = strings.NewReplacer("reservation", "customer", ") AND NOT FALSE", notHeeded).Replace(text)
		}
		return text + parts[3]
	})
	out := split(name, keyHashCall.ReplaceAllString(with, keyHashText))
	if len(out) == 0 {
		panic(name + " holds no statement")
	}
	return out
}

// split cuts a file into its statements, each ending in a semicolon at the end of a line, and drops the comments that take a
// whole line. Neither may stand inside a quoted text: the files are ours, and a test reads them.
func split(name, text string) []Statement {
	var out []Statement
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		if trimmed := strings.TrimSpace(line); trimmed == "" || strings.HasPrefix(trimmed, "--") {
			continue
		}
		rest, ends := strings.CutSuffix(line, ";")
		lines = append(lines, rest)
		if ends {
			out = append(out, Statement{Name: fmt.Sprintf("%s:%d", name, len(out)+1), SQL: strings.Join(lines, "\n")})
			lines = nil
		}
	}
	if lines != nil {
		panic(name + " does not end in a semicolon")
	}
	return out
}

// LoadStatements lists what one load into the warehouse at a URL runs at most, in order, whatever the number of rows: a phase
// that has nothing to do, such as one about older ranks where nothing is replaced, is left out. The rows of
// taking, taking_objects and erasing are filled in by INSERT … VALUES, some hundreds a statement.
func LoadStatements(rawURL string) ([]Statement, error) {
	u, o, err := openerOf(rawURL)
	if err != nil {
		return nil, err
	}
	out := append([]Statement{gateQuery}, landingTables...)
	out = append(out, erasingTables...)
	for _, l := range landings {
		for _, text := range o.LandTexts(u, l) {
			out = append(out, Statement{Name: "land/" + l.Kind, SQL: text})
		}
	}
	out = append(out, landedQuery, landedToEraseQuery, Statement{Name: "begin", SQL: "BEGIN"}, take, gateQuery)
	out = append(out, unwanted...)
	out = append(out, unbalancedQuery)
	out = append(out, slices.Concat(replaced, mergeRows, erasures, connected, eraseLanded, reached, eraseThere, absenceRows,
		observations, previous, next, again, current, ledgerRows)...) // connected is repeated while it adds somebody
	out = append(out, changedQuery, restaurantsQuery, spansQuery, platformsQuery)
	return append(out, Statement{Name: "commit", SQL: "COMMIT"}), nil
}
