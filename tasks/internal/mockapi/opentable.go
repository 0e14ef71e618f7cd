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
	tiers        map[int64]string
}

// token answers GET and POST with HTTP Basic: the grant type in the query, in a form, or, with POST, nowhere.
func (o *openTable) token(r *http.Request, id string) answer {
	header := requestHeader(id)
	clientID, secret, ok := r.BasicAuth()
	if !ok || !o.settings.Credential.matches(clientID, secret) {
		return reply(http.StatusUnauthorized, oauthError{Error: "invalid_client"}, header).
			with("WWW-Authenticate", `Basic realm="oauth"`)
	}
	if r.Method == http.MethodPost && (r.ContentLength < 0 || r.ContentLength == 0 && r.Header.Get("Content-Length") != "0") {
		return reply(http.StatusLengthRequired, oauthError{Error: "invalid_request"}, header)
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
	token := "v2-" + o.server.tokenID()
	o.tokens.give(token)
	return reply(http.StatusOK, openTableToken{
		AccessToken: token, Scope: "DEFAULT", TokenType: "Bearer", ExpiresIn: int64(o.tokens.life / time.Second),
	}, header).with("Content-Type", "application/json;charset=utf-8").
		with("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
}

const (
	clientCredentials = "client_credentials"
	maxTokenBody      = 64 << 10
)

// openTableToken is the reply to a good call, its members in the example's order.
type openTableToken struct {
	AccessToken string `json:"access_token"`
	Scope       string `json:"scope"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
}

// oauthError is how a token is refused (RFC 6749, section 5.2). The platforms' own bodies are not documented.
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// guarded lets a request through that shows a good token.
func (o *openTable) guarded(h handler) handler {
	return func(r *http.Request, id string) answer {
		switch o.tokens.judge(r.Header.Get("Authorization")) {
		case missing:
			return o.refuse(r, id, status(o.settings.MissingToken, http.StatusBadRequest), missingToken)
		case unknown, expired, takenBack, takenByGateway:
			return o.refuse(r, id, status(o.settings.BadToken, http.StatusUnauthorized), "")
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
		if rest := len(name) - len(text) - 1; err != nil || rest != uuidLength && rest != hexLength {
			return o.refuse(r, id, http.StatusNotFound, "")
		}
		e, ok := sh.view.Load().find(bareID)
		if !ok {
			return o.refuse(r, id, http.StatusNotFound, "")
		}
		a := record(e)
		a.header = [][2]string{requestHeader(id)}
		return a
	}
}

// query reads what a list is asked for. refused is the answer where it may not be asked. A sweep begins at offset 0: then, and
// only then, new days come in.
func (o *openTable) query(r *http.Request, id string, shelves map[int64]*shelf,
	parse func(*openTableQuery)) (q openTableQuery, sh *shelf, refused *answer) {
	refuse := func(status int, message string) *answer { return new(o.refuse(r, id, status, message)) }
	q = openTableQuery{params: r.URL.Query(), settings: o.settings, clamp: o.server.settings.OverLimit == "clamp"}
	q.rid = q.number("rid", -1, 0, 1<<62)
	q.limit = q.number("limit", opentable.DefaultLimit, 1, opentable.MaxLimit)
	q.offset = q.number("offset", 0, 0, 1<<31)
	q.after = q.instant("updated_after")
	parse(&q)
	if q.problem == "" && q.rid < 0 {
		q.problem = "rid is required"
	}
	if q.problem != "" {
		return q, nil, refuse(http.StatusBadRequest, q.problem)
	}
	if sh = shelves[q.rid]; sh == nil {
		return q, nil, refuse(foreignStatus(o.settings.Foreign), "")
	}
	if q.offset == 0 {
		if err := sh.refresh(r.Context()); err != nil {
			zerolog.Ctx(r.Context()).Error().Err(err).Str("request", id).Msg("new days not loaded")
			return q, nil, refuse(http.StatusServiceUnavailable, "")
		}
	}
	return q, sh, nil
}

// list answers with a page.
func (o *openTable) list(shelves map[int64]*shelf, parse func(*openTableQuery)) handler {
	return func(r *http.Request, id string) answer {
		q, sh, refused := o.query(r, id, shelves, parse)
		if refused != nil {
			return *refused
		}
		items, more := q.page(sh.view.Load())
		return answer{
			status: http.StatusOK, header: [][2]string{requestHeader(id)}, spans: items,
			before: q.appendEnvelope(nil, r, more), after: []byte("]}"),
		}
	}
}
