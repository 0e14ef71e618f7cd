package snowflake

import (
	"covers/tasks/internal/fault"
)

// Where a failure is met.
const (
	atSignIn    = loginPath
	atStatement = queryPath
)

// met are failures as they are met: what is said where, or the HTTP status; and what is to come of it. The texts are Snowflake's
// and S3's own, as they were recorded in public.
var met = []struct {
	name   string
	at     string
	number int
	state  string
	says   string
	status int

	kind   fault.Kind
	exit   int    // of the program, by the table in README.md
	next   string // the advice has this
	passes bool
}{
	{name: "S3 denies", at: atStatement, number: 91003, state: "22000", kind: fault.Denied, exit: 77, next: "step 4",
		says: "Failure using stage area. Cause: [Access Denied (Status Code: 403; Error Code: AccessDenied)]"},
	{
		name:   "the key denies",
		at:     atStatement,
		number: 91003,
		state:  "22000",
		kind:   fault.Denied,
		exit:   77,
		next:   "key included",
		says: "Failure using stage area. Cause: [User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: " +
			"kms:Decrypt " +
			"(Status Code: 403; Error Code: AccessDenied)]",
	},
	{name: "an access key", at: atStatement, number: 91003, state: "22000", kind: fault.Denied, exit: 77, next: "step 4",
		says: "Failure using stage area. Cause: [The AWS Access Key Id you provided is not valid.]"},
	{
		name:   "S3 is busy",
		at:     atStatement,
		number: 91003,
		state:  "22000",
		kind:   fault.Unavailable,
		exit:   69,
		next:   "run again",
		passes: true,
		says:   "Failure using stage area. Cause: [Please reduce your request rate. (Status Code: 503; Error Code: SlowDown)]",
	},
	{
		name:   "S3 fails",
		at:     atStatement,
		number: 91003,
		state:  "22000",
		kind:   fault.Unavailable,
		exit:   69,
		next:   "run again",
		passes: true,
		says: "Failure using stage area. Cause: [We encountered an internal error. " +
			"(Status Code: 500; Error Code: InternalError)]",
	},
	{
		name:   "no bucket",
		at:     atStatement,
		number: 91003,
		state:  "22000",
		kind:   fault.Usage,
		exit:   64,
		next:   "--processed",
		says: "Failure using stage area. Cause: [The specified bucket does not exist " +
			"(Status Code: 404; Error Code: NoSuchBucket)]",
	},
	{name: "the stage, for another reason", at: atStatement, number: 91003, state: "22000", kind: fault.Unavailable, exit: 69,
		next: "step 4", says: "Failure using stage area. Cause: [something else]"},
	{
		name:   "the role is not to be had",
		at:     atStatement,
		number: 3167,
		state:  "42601",
		kind:   fault.Denied,
		exit:   77,
		next:   "step 4",
		says:   "Error assuming AWS_ROLE:\nUser: arn:aws:iam::1:user/u is not authorized to perform: sts:AssumeRole",
	},
	{name: "not of the integration", at: atStatement, number: 3127, state: "42601", kind: fault.Denied, exit: 77,
		next: "STORAGE_ALLOWED_LOCATIONS", says: "SQL compilation error:\nLocation 's3://b/' is not allowed by integration 'I'."},

	{
		name:   "network policy",
		at:     atSignIn,
		number: 390422,
		kind:   fault.Denied,
		exit:   77,
		next:   "network.sql",
		says: "Incoming request with IP/Token 192.0.2.1 is not allowed to access Snowflake. " +
			"Contact your local security administrator.",
	},
	{name: "network policy, without a text", at: atSignIn, number: 390422, kind: fault.Denied, exit: 77, next: "network.sql"},
	{name: "password", at: atSignIn, number: 390100, kind: fault.Denied, exit: 77, next: "credential",
		says: "Incorrect username or password was specified."},
	{name: "JWT", at: atSignIn, number: 390144, kind: fault.Denied, exit: 77, next: "public key",
		says: "JWT token is invalid. [0ce9eb56-821d-4ca9-a774-04ae89a0cf5a]"},
	{name: "JWT, another key", at: atSignIn, number: 394304, kind: fault.Denied, exit: 77, next: "public key",
		says: "JWT token is invalid."},
	{name: "JWT, no such user", at: atSignIn, number: 394300, kind: fault.Denied, exit: 77, next: "public key",
		says: "JWT token is invalid."},
	{name: "JWT, the clock", at: atSignIn, number: 394302, kind: fault.Denied, exit: 77, next: "clock",
		says: "JWT token is invalid."},
	{name: "OAuth, expired", at: atSignIn, number: 390318, kind: fault.Temporary, exit: 75, next: envTokenFile, passes: true,
		says: "OAuth access token expired."},
	{name: "OAuth, invalid", at: atSignIn, number: 390303, kind: fault.Denied, exit: 77, next: envTokenFile,
		says: "Invalid OAuth access token."},
	{name: "role", at: atSignIn, number: 390189, kind: fault.Usage, exit: 64, next: "--warehouse",
		says: "Role 'R' specified in the connect string does not exist or not authorized."},
	{name: "warehouse of the URL", at: atSignIn, number: 390201, kind: fault.Usage, exit: 64, next: "--warehouse",
		says: "The requested warehouse does not exist or not authorized."},
	{name: "no such account", at: atSignIn, status: 403, kind: fault.Usage, exit: 64, next: "account"},
	{name: "no such account, of late", at: atSignIn, status: 404, kind: fault.Usage, exit: 64, next: "account"},
	{name: "refused without a reason", at: atSignIn, status: 400, kind: fault.Denied, exit: 77, next: "credential"},
	{name: "no server at sign-in", at: atSignIn, status: 503, kind: fault.Unavailable, exit: 69, next: "run again", passes: true},
	{name: "a page at sign-in", at: atSignIn, says: "<html>", status: 200, kind: fault.Unavailable, exit: 69, next: "run again",
		passes: true},

	{name: "session gone", at: atStatement, number: 390111, state: "08003", kind: fault.Unavailable, exit: 69, next: "run again",
		passes: true, says: "Session no longer exists. New login required to access the service."},
	{
		name:   "session expired",
		at:     atStatement,
		number: 390114,
		state:  "08001",
		kind:   fault.Unavailable,
		exit:   69,
		next:   "run again",
		passes: true,
		says:   "Authentication token has expired. The user must authenticate again.",
	},
	{name: "not renewed", at: tokenPath, status: 403, kind: fault.Unavailable, exit: 69, next: "run again", passes: true},
	{name: "HTTP 404", at: atStatement, status: 404, kind: fault.Unavailable, exit: 69, next: "run again", passes: true},
	{name: "HTTP 500", at: atStatement, status: 500, kind: fault.Unavailable, exit: 69, next: "run again", passes: true},
	{name: "resource monitor", at: atStatement, number: 90073, state: "22000", kind: fault.Temporary, exit: 75, next: "quota",
		says: "Warehouse 'WH' cannot be resumed because resource monitor 'RM' has exceeded its quota."},
	{
		name:   "no warehouse",
		at:     atStatement,
		number: 606,
		state:  "57P03",
		kind:   fault.Usage,
		exit:   64,
		next:   "warehouse=NAME",
		says: "No active warehouse selected in the current session.  " +
			"Select an active warehouse with the 'use warehouse' command.",
	},
	{name: "no warehouse, by another number", at: atStatement, number: 699, state: "57P03", kind: fault.Usage, exit: 64,
		next: "warehouse=NAME", says: "Warehouse 'W' is missing."},
	{
		name:   "no database",
		at:     atStatement,
		number: 90105,
		state:  "22000",
		kind:   fault.Usage,
		exit:   64,
		next:   "--warehouse",
		says: "Cannot perform SELECT. This session does not have a current database. " +
			"Call 'USE DATABASE', or use a qualified name.",
	},
	{
		name:   "no schema",
		at:     atStatement,
		number: 90106,
		state:  "22000",
		kind:   fault.Usage,
		exit:   64,
		next:   "--warehouse",
		says: "Cannot perform CREATE TABLE. This session does not have a current schema. " +
			"Call 'USE SCHEMA', or use a qualified name.",
	},
	{name: "lock", at: atStatement, number: 625, state: "57014", kind: fault.Temporary, exit: 75, next: "SHOW LOCKS IN ACCOUNT",
		says: "Statement '01b' has locked table 'LOAD_GATE' in transaction 17 and this lock has not yet been released."},
	{
		name:   "statement timeout",
		at:     atStatement,
		number: 630,
		state:  "57014",
		kind:   fault.Temporary,
		exit:   75,
		next:   "larger warehouse",
		says:   "Statement reached its statement or warehouse timeout of 3600 second(s) and was canceled.",
	},
	{name: "cancelled", at: atStatement, number: 604, state: "57014", kind: fault.Temporary, exit: 75, next: "run again",
		says: "SQL execution canceled"},
	{name: "cancelled, by another number", at: atStatement, number: 699, state: "57014", kind: fault.Temporary, exit: 75,
		next: "run again", says: "canceled"},
	{name: "Snowflake's own failure", at: atStatement, number: 603, state: "XX000", kind: fault.Unavailable, exit: 69,
		next: "query's id", says: "SQL execution internal error:\nProcessing aborted by error 300010:391167117; incident 1."},
	{name: "no object", at: atStatement, number: 2003, state: "42S02", kind: fault.Usage, exit: 64, next: "grant the role",
		says: "SQL compilation error:\nObject 'LOADS' does not exist or not authorized."},
	{name: "no stage", at: atStatement, number: 2003, state: "02000", kind: fault.Usage, exit: 64, next: "grant the role",
		says: "SQL compilation error:\nStage 'S' does not exist or not authorized."},
	{name: "no object for it", at: atStatement, number: 2043, state: "02000", kind: fault.Usage, exit: 64, next: "grant the role",
		says: "SQL compilation error:\nObject does not exist, or operation cannot be performed."},
	{name: "no right", at: atStatement, number: 3001, state: "42501", kind: fault.Denied, exit: 77, next: "grant the role",
		says: "SQL access control error:\nInsufficient privileges to operate on table 'LOADS'"},
	{name: "no right, by another number", at: atStatement, number: 3999, state: "42501", kind: fault.Denied, exit: 77,
		next: "grant the role", says: "denied"},
	{name: "a number that is none", at: atStatement, number: 100038, state: "22018", kind: fault.Data, exit: 65, next: "derive",
		says: "Numeric value 'planted' is not recognized"},
	{name: "NULL", at: atStatement, number: 100072, state: "22000", kind: fault.Data, exit: 65, next: "derive",
		says: "NULL result in a non-nullable column"},
	{name: "a value, by another number", at: atStatement, number: 300038, state: "22007", kind: fault.Data, exit: 65,
		next: "derive", says: "Timestamp 'planted' is not recognized"},
	{name: "a constraint", at: atStatement, number: 200001, state: "23001", kind: fault.Data, exit: 65, next: "derive",
		says: "A primary key already exists."},
	{name: "syntax", at: atStatement, number: 1003, state: "42000", kind: fault.Defect, exit: 70, next: "report it",
		says: "SQL compilation error:\nsyntax error line 1 at position 0 unexpected 'X'."},
	{name: "22000 of a number that nobody knows", at: atStatement, number: 99999, state: "22000", kind: fault.Defect, exit: 70,
		next: "report it", says: "something"},
	{name: "08 of a number that nobody knows", at: atStatement, number: 380000, state: "08001", kind: fault.Unavailable, exit: 69,
		next: "run again", says: "something"},
}
