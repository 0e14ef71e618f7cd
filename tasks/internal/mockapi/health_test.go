package mockapi

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"covers/tasks/internal/fault"
)

func TestHealth(t *testing.T) {
	w := testWorld(t)
	w.start(Settings{})
	if err := Health(t.Context(), w.http.URL); err != nil {
		t.Error("a server that serves:", err)
	}
	other := httptest.NewServer(http.NotFoundHandler())
	if err := Health(t.Context(), other.URL); fault.KindOf(err) != fault.Unavailable {
		t.Error("another server:", err)
	}
	other.Close()
	if err := Health(t.Context(), other.URL); fault.KindOf(err) != fault.Unavailable {
		t.Error("no server:", err)
	}
	if err := Health(t.Context(), "nowhere\x7f"); fault.KindOf(err) != fault.Usage {
		t.Error("no URL:", err)
	}
}
