package snowflake

import (
	"regexp"

	"github.com/snowflakedb/gosnowflake/v2"

	"covers/tasks/internal/fault"
)

// failure is what one of Snowflake's errors, or of the driver's own, means here.
type failure struct {
	from, to int            // its numbers, both included; 0: any
	state    *regexp.Regexp // what its SQLSTATE matches; nil: any
	says     *regexp.Regexp // what its text matches; nil: any
	kind     fault.Kind
	next     string
	passes   bool // by itself: the work may be tried again in a new session
}

// Numbers that the code names beside the table.
const (
	lockHeld   = 625 // another transaction held the lock for longer than LOCK_TIMEOUT
	lostAnswer = 1   // none of Snowflake's: no answer came to a statement (sender)
	gaveUp     = 2   // none of Snowflake's: nor did one to any repetition of it
)

const (
	nextAgain   = "run again: what is loaded is not loaded twice"
	nextStage   = "let the storage integration's role read the zone, its key included: docs/snowflake.md, step 4"
	nextAddress = "add the machine's address to the user's network policy: snowflake/network.sql"
	nextKey     = "compare the user's public key with the private one, and set the machine's clock: docs/snowflake.md, " +
		"When it does not work"
	nextURLs   = "correct the account, database, schema, warehouse or role in --warehouse, or grant them to the user"
	nextObject = "correct --warehouse, or grant the role what it names"
)

func says(text string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + text) }

// failures are the failures that are known, the first that fits being meant: TestFailures provokes each of them through the
// driver. Where a number comes from is said beside it: "docs" is Snowflake's documentation, "driver" gosnowflake's source (or
// that of Snowflake's connector for Python, network.py), "seen" a message that somebody recorded in public.
var failures = []failure{
	// No answer, or one of something on the way.
	{from: lostAnswer, to: lostAnswer, kind: fault.Unavailable, next: nextAgain, passes: true},
	{from: gaveUp, to: gaveUp, kind: fault.Unavailable, next: nextAgain},
	{from: gosnowflake.ErrFailedToPostQuery, to: gosnowflake.ErrFailedToRenewSession, // driver: a status of 4xx
		kind: fault.Unavailable, next: nextAgain, passes: true},
	{from: gosnowflake.ErrFailedToGetChunk, to: gosnowflake.ErrFailedToGetChunk, // driver: a part of a result, from S3
		kind: fault.Unavailable, next: "let the machine reach the hosts of SYSTEM$ALLOWLIST(): results lie there", passes: true},

	// Signing in.
	{from: gosnowflake.ErrCodeFailedToConnect, to: gosnowflake.ErrCodeFailedToConnect, // driver: HTTP 401, 403
		kind: fault.Usage, next: nextURLs},
	{from: gosnowflake.ErrFailedToAuth, to: gosnowflake.ErrFailedToAuth, says: says(`HTTP: 404`), // driver
		kind: fault.Usage, next: nextURLs},
	{from: gosnowflake.ErrFailedToAuth, to: gosnowflake.ErrFailedToAuth, kind: fault.Denied, // driver
		next: "correct the user and its credential"},
	{says: says(`is not allowed to access Snowflake`), kind: fault.Denied, next: nextAddress}, // seen: 390422 (08004)
	// driver: session or its token is gone
	{from: 390111, to: 390115, kind: fault.Unavailable, next: nextAgain, passes: true},
	// docs: key-pair-auth-troubleshooting
	{from: 390144, to: 390144, kind: fault.Denied, next: nextKey},
	{from: 394300, to: 394399, kind: fault.Denied, next: nextKey}, // docs: the same page
	{from: 390189, to: 390189, kind: fault.Usage, next: nextURLs}, // driver: ErrRoleNotExist
	// driver: ErrObjectNotExistOrAuthorized
	{from: 390201, to: 390201, kind: fault.Usage, next: nextURLs},
	{from: 390303, to: 390303, kind: fault.Denied, // driver: invalidOAuthAccessTokenCode
		next: "have a token of this account's security integration written to the file of " + envTokenFile},
	{from: 390318, to: 390318, kind: fault.Temporary, passes: true, // driver: expiredOAuthAccessTokenCode; the file is read anew
		next: "have the token in the file of " + envTokenFile + " renewed"},
	{from: 390100, to: 390399, kind: fault.Denied, next: "correct the user and its credential"}, // driver: user, password, token
	{from: 390422, to: 390422, kind: fault.Denied, next: nextAddress},                           // seen with the text above

	// The stage: S3 and its role, inside a COPY.
	{from: 3167, to: 3167, kind: fault.Denied, next: nextStage}, // seen: 003167 (42601), Error assuming AWS_ROLE
	{from: 3127, to: 3127, kind: fault.Denied, // seen: 003127 (42601), not allowed by integration
		next: "add the zone's location to the integration's STORAGE_ALLOWED_LOCATIONS: snowflake/bootstrap.sql"},
	{from: 91003, to: 91003, kind: fault.Unavailable, passes: true, next: nextAgain, // seen: 091003 (22000), what S3 itself says
		says: says(`SlowDown|reduce your request rate|Status Code: (429|500|502|503|504)|InternalError|RequestTimeout|` +
			`timed out`)},
	{from: 91003, to: 91003, kind: fault.Denied, next: nextStage, // seen
		says: says(`Status Code: (401|403)|AccessDenied|Access Denied|KMS|not valid|access token`)},
	{from: 91003, to: 91003, kind: fault.Usage, says: says(`Status Code: 404|NoSuchBucket`), // S3's own names
		next: "make the stage's location that of --processed"},
	{from: 91003, to: 91003, kind: fault.Unavailable, next: nextStage},

	// The warehouse and the session.
	{from: 90073, to: 90073, kind: fault.Temporary, // seen: 090073 (22000), resource monitor
		next: "wait for the resource monitor's next period, or raise its quota"},
	{from: 606, to: 606, kind: fault.Usage, // seen: 000606 (57P03), no active warehouse
		next: "name a warehouse that the role may use: warehouse=NAME in --warehouse"},
	{from: 90105, to: 90106, kind: fault.Usage, next: nextURLs}, // seen: 090106 (22000), no current database, or schema
	{from: lockHeld, to: lockHeld, kind: fault.Temporary, // seen: 000625 (57014), lock timeout, or too many waiters
		next: "run again when the other session has ended; SHOW LOCKS IN ACCOUNT, as ACCOUNTADMIN, names it"},
	{from: 630, to: 630, kind: fault.Temporary, // seen: 000630 (57014), STATEMENT_TIMEOUT_IN_SECONDS
		next: "load fewer days at a time, or with a larger warehouse"},
	{from: 604, to: 604, kind: fault.Temporary, next: "run again"}, // seen: 000604 (57014), cancelled
	{from: 603, to: 603, kind: fault.Unavailable, // seen: 000603 (XX000), Snowflake's own failure
		next: "run again; if it stays, give Snowflake the query's id"},

	// Objects, rights and rows.
	// docs: does not exist or not authorized
	{from: 2003, to: 2003, kind: fault.Usage, next: nextObject},
	// docs: or the operation cannot be performed
	{from: 2043, to: 2043, kind: fault.Usage, next: nextObject},
	{from: 3001, to: 3001, kind: fault.Denied, next: "grant the role what the statement needs"}, // docs: insufficient privileges
	{from: 100000, to: 100999, kind: fault.Data, // docs: 100038, 100072 and others
		next: "derive the day again with this program; report it if that does not help"},

	// What no number above says, by the SQL standard's classes of states. 22000 is Snowflake's for anything.
	{state: says(`^42501`), kind: fault.Denied, next: "grant the role what the statement needs"},
	{state: says(`^57P03`), kind: fault.Usage, next: "name a warehouse that the role may use: warehouse=NAME in --warehouse"},
	{state: says(`^(22[^0]|220[^0]|2200[^0]|23)`), kind: fault.Data,
		next: "derive the day again with this program; report it if that does not help"},
	{state: says(`^(57|40)`), kind: fault.Temporary, next: "run again"},
	{state: says(`^08`), kind: fault.Unavailable, next: "run again"},
	{kind: fault.Defect, next: "report it with this text"},
}

// fits reports whether the failure is this one.
func (f failure) fits(number int, state, text string) bool {
	return (f.from == 0 || f.from <= number && number <= f.to) &&
		(f.state == nil || f.state.MatchString(state)) && (f.says == nil || f.says.MatchString(text))
}

// failureOf returns what an error means, as its place in failures. The last one fits everything.
func failureOf(s *gosnowflake.SnowflakeError) int {
	text := textOf(s)
	for i, f := range failures {
		if f.fits(s.Number, s.SQLState, text) {
			return i
		}
	}
	return len(failures) - 1
}
