package fault

import "runtime/debug"

// Guard makes a defect of a panic in do, with the stack in its text. It is for goroutines beside the step's own: a panic in one
// of them would end the process without a result.
func Guard(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = New(Defect, "report it with its stack", "panic: %v\n%s", v, debug.Stack())
		}
	}()
	return do()
}
