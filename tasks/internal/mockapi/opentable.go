package mockapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/opentable"
)

// openTable is the Sync API.
type openTable struct {
	server       *Server
	settings     *OpenTableSettings
	tokens       *tokens
	reservations map[int64]*shelf // by rid
	guests       map[int64]*shelf
}

// token answers GET and POST with HTTP Basic: the grant type in the query, in a form, or, with POST, nowhere.
func (o *openTable) token(r *http.Request, id string) answer {
	header := [2]string{opentable.RequestIDHeader, id}
	clientID, secret, ok := r.BasicAuth()
	if !ok || !o.settings.Credential.matches(clientID, secret) {
		return reply(http.StatusUnauthorized, oauthError{Error: "invalid_client"}, header,
			[2]string{"WWW-Authenticate", `Basic realm="oauth"`})
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxTokenBody)
	if err := r.ParseForm(); err != nil {
		return reply(http.StatusBadRequest, oauthError{Error: "invalid_request"}, header)
	}
	grant := r.Form.Get("grant_type")
	switch {
	case grant == "" && r.Method != http.MethodPost:
		return reply(http.StatusBadRequest, oauthError{Error: "invalid_request"}, header)
	case grant != "" && grant != clientCredentials:
		return reply(http.StatusBadRequest, oauthError{Error: "unsupported_grant_type"}, header)
	}
	token, n := o.tokens.give()
	word := "Bearer"
	if n%2 == 1 {
		word = "bearer" // as the platform does, sometimes
	}
	return reply(http.StatusOK, opentable.TokenReply{
		AccessToken: token, TokenType: word, ExpiresIn: int64(o.tokens.life / time.Second), Scope: "DEFAULT",
	}, header, [2]string{"Cache-Control", "no-store"})
}

const (
	clientCredentials = "client_credentials"
	maxTokenBody      = 64 << 10
)

// oauthError is how a token is refused (RFC 6749, section 5.2). The platforms' own bodies are not documented.
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// refuse answers in the form of Sync errors.
func (o *openTable) refuse(r *http.Request, id string, status int, message string) answer {
	return reply(status, opentable.Error{
		Timestamp: o.server.machine.Now().UTC().Format("2006-01-02T15:04:05.000+00:00"),
		Path:      r.URL.Path,
		Status:    status,
		Error:     http.StatusText(status),
		RequestID: id,
		Message:   message,
	}, [2]string{opentable.RequestIDHeader, id})
}

// guarded lets a request through that shows a good token.
func (o *openTable) guarded(h handler) handler {
	return func(r *http.Request, id string) answer {
		switch o.tokens.judge(r.Header.Get("Authorization")) {
		case missing:
			return o.refuse(r, id, http.StatusBadRequest, "missing bearer token")
		case unknown, expired, takenBack:
			return o.refuse(r, id, http.StatusUnauthorized, "")
		}
		return h(r, id)
	}
}

// one answers with a single record.
func (o *openTable) one(shelves map[int64]*shelf) handler {
	return func(r *http.Request, id string) answer {
		name := r.PathValue("id")
		text, _, ok := strings.Cut(name, "-")
		rid, err := strconv.ParseInt(text, 10, 64)
		if !ok || err != nil {
			return o.refuse(r, id, http.StatusNotFound, "")
		}
		sh := shelves[rid]
		if sh == nil {
			return o.refuse(r, id, foreignStatus(o.settings.Foreign), "")
		}
		bareID, err := bare(name)
		if err != nil || len(name) != len(text)+1+uuidLength {
			return o.refuse(r, id, http.StatusNotFound, "")
		}
		e, ok := sh.view.Load().find(bareID)
		if !ok {
			return o.refuse(r, id, http.StatusNotFound, "")
		}
		a := record(e)
		a.header = [][2]string{{opentable.RequestIDHeader, id}}
		return a
	}
}

// list answers with a page. A sweep begins at offset 0: then, and only then, new days come in.
func (o *openTable) list(shelves map[int64]*shelf, parse func(*openTableQuery)) handler {
	return func(r *http.Request, id string) answer {
		q := openTableQuery{params: r.URL.Query(), settings: o.settings, clamp: o.server.settings.OverLimit == "clamp"}
		rid := q.number("rid", -1, 0, 1<<62)
		q.limit = q.number("limit", opentable.DefaultLimit, 1, opentable.MaxLimit)
		q.offset = q.number("offset", 0, 0, 1<<31)
		q.after = q.instant("updated_after")
		parse(&q)
		if q.problem == "" && rid < 0 {
			q.problem = "rid is required"
		}
		if q.problem != "" {
			return o.refuse(r, id, http.StatusBadRequest, q.problem)
		}
		sh := shelves[rid]
		if sh == nil {
			return o.refuse(r, id, foreignStatus(o.settings.Foreign), "")
		}
		if q.offset == 0 {
			if err := sh.refresh(r.Context()); err != nil {
				zerolog.Ctx(r.Context()).Error().Err(err).Str("request", id).Msg("new days not loaded")
				return o.refuse(r, id, http.StatusServiceUnavailable, "")
			}
		}
		items, more := q.page(sh.view.Load())
		a := answer{status: http.StatusOK, header: [][2]string{{opentable.RequestIDHeader, id}}, spans: items}
		a.after = []byte("]}")
		a.before = append(a.before, `{"hasNextPage":`...)
		a.before = strconv.AppendBool(a.before, more)
		a.before = append(a.before, `,"nextPageUrl":`...)
		a.before = q.appendNext(a.before, r, more)
		a.before = append(a.before, `,"offset":`...)
		a.before = strconv.AppendInt(a.before, q.offset, 10)
		a.before = append(a.before, `,"limit":`...)
		a.before = strconv.AppendInt(a.before, q.limit, 10)
		a.before = append(a.before, `,"items":[`...)
		return a
	}
}
