package step

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/text"
)

// timeFormat is RFC 3339 with milliseconds; times are logged in UTC.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

func init() {
	zerolog.TimeFieldFormat = timeFormat
	zerolog.DurationFieldUnit = time.Second
}

// levels are what --log-level takes.
var levels = []string{"trace", "debug", "info", "warn", "error"}

// log makes the run's logger: JSON lines, or lines for people on a terminal.
func (r *run) log() *zerolog.Logger {
	asked := r.asked.Load()
	var w io.Writer = r.console
	if r.console.terminal {
		w = readable(r.console, r.io.Getenv)
	}
	now := r.io.Now
	with := zerolog.New(w).Level(asked.level).With().Str("step", r.step.Name)
	if asked.command != "" {
		with = with.Str("command", asked.command)
	}
	l := with.Str("version", r.version).Logger().Hook(zerolog.HookFunc(func(e *zerolog.Event, _ zerolog.Level, _ string) {
		e.Time(zerolog.TimestampFieldName, now().UTC())
	}))
	return &l
}

// readable writes log lines for people: local time, level, message, fields. The step's name and version are known to whoever
// typed them; a stack stands below its line.
func readable(w io.Writer, getenv func(string) string) io.Writer {
	return zerolog.NewConsoleWriter(func(c *zerolog.ConsoleWriter) {
		c.Out = w
		c.NoColor = getenv("NO_COLOR") != "" || getenv("TERM") == "dumb"
		c.TimeFormat = time.TimeOnly
		c.FieldsExclude = []string{"step", "command", "version", "stack"}
		c.FormatPrepare = visible
		c.FormatExtra = func(fields map[string]any, b *bytes.Buffer) error {
			if stack, ok := fields["stack"].(string); ok {
				b.WriteString("\n" + strings.TrimRight(stack, "\n"))
			}
			return nil
		}
	})
}

// visible shows what steers a terminal in every text of a log line as Visible does. It is done here, before the line gets its
// colours.
func visible(fields map[string]any) error {
	for name, value := range fields {
		fields[name] = visibleIn(value)
	}
	return nil
}

func visibleIn(value any) any {
	switch v := value.(type) {
	case string:
		return string(text.Visible([]byte(v)))
	case []any:
		for i := range v {
			v[i] = visibleIn(v[i])
		}
	case map[string]any:
		shown := make(map[string]any, len(v))
		for name, inner := range v {
			shown[string(text.Visible([]byte(name)))] = visibleIn(inner)
		}
		return shown
	}
	return value
}

// standardLog takes what libraries write by Go's own log (and by slog's default, which uses it).
type standardLog struct{ r *run }

// Write implements io.Writer. Where an answer is longer than it says, net/http quotes the rest, "… starting with …": that may
// be anybody's record.
func (l standardLog) Write(p []byte) (int, error) {
	said, _, _ := strings.Cut(string(p), " starting with ")
	l.r.log().Warn().Str("library", "log").Msg(strings.TrimSpace(said))
	return len(p), nil
}

// console is stderr as one run sees it: whole writes one after the other, round a progress bar if there is one. After close
// it swallows what a step that did not end still writes.
type console struct {
	terminal bool

	mu     sync.Mutex
	out    io.Writer
	shown  drawn // nil without a bar
	closed bool
}

// drawn is a progress bar: what has to be taken off the line before something else is written there.
type drawn interface {
	Clear() error
	RenderBlank() error
}

func newConsole(out io.Writer, terminal bool) *console { return &console{out: out, terminal: terminal} }

// Write implements io.Writer for log lines.
func (c *console) Write(p []byte) (int, error) {
	n := len(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return n, nil
	}
	if c.shown != nil {
		_ = c.shown.Clear()
		defer func() { _ = c.shown.RenderBlank() }()
	}
	if !c.terminal { // lines for one have their colours, and are visible before they get them
		p = text.Visible(p)
	}
	_, err := c.out.Write(p)
	return n, err
}

// draw shows a bar, in the place of the one before; nil takes it away.
func (c *console) draw(bar drawn, update func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	if c.shown != nil && c.shown != bar {
		_ = c.shown.Clear()
	}
	c.shown = bar
	if update != nil {
		update()
	}
}

func (c *console) close() {
	c.draw(nil, nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}
