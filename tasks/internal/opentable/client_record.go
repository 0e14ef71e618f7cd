package opentable

import (
	"context"
	"net/url"

	"covers/tasks/internal/platform"
)

// One returns the address of one record.
func (c *Client) One(kind, id string) *url.URL { return c.http.Under(List{Kind: kind}.path(), id) }

// Record asks for one record. gone means that the API says there is none with this id (any more): the answer then has no
// body, and says when and in which request. Otherwise its Body is the record as it was sent, but for white space between
// tokens; its memory is buf's.
func (c *Client) Record(
	ctx context.Context, kind, id string, buf *platform.Buffer,
) (answer platform.Answer, gone bool, err error) {
	answer, err = c.http.Get(ctx, platform.Call{URL: c.One(kind, id), Gone: true}, buf, func(body []byte) error {
		record, excuse := false, 0
		err := platform.Object(body, func(name, _ []byte) {
			switch string(name) {
			case "id":
				record = true
			case "status", "path": // both are an Error's; a record has neither
				excuse++
			}
		})
		if err == nil && !record && excuse == 2 {
			return platform.Broken("status 200 with an error in it")
		}
		return err
	})
	switch {
	case platform.IsGone(err):
		return answer, true, nil
	case err != nil:
		return answer, false, err
	}
	answer.Body = platform.Compact(answer.Body)
	return answer, false, nil
}
