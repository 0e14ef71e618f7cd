package engine

import "strings"

// Statement is one SQL statement of the warehouse's files, or one that an engine makes.
type Statement struct {
	Name string `json:"name"` // the file and the statement's number in it: "load/07_erase.sql:2"
	SQL  string `json:"sql"`
}

// Does says what the statement is, for errors.
func (s Statement) Does() string { return "run " + s.Name }

// Literal quotes a text for SQL.
func Literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
