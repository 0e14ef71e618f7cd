package engine

import (
	"fmt"

	"covers/tasks/internal/lake"
)

// Landing is a kind of object that lands, the table where it does, and the type of its rows.
type Landing struct {
	Kind, Table string
	Row         any
}

// ActionOf says which objects land, for errors.
func ActionOf(objects []lake.Object) string {
	action := "land " + objects[0].Key
	if n := len(objects) - 1; n > 0 {
		action += fmt.Sprintf(" and %d more", n)
	}
	return action
}
