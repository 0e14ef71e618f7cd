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
// tokens; its memory is buf's. few is how many attempts are made where the answer may be so for this record alone; 0: all.
func (c *Client) Record(
	ctx context.Context, kind, id string, few int, buf *platform.Buffer,
) (answer platform.Answer, gone bool, err error) {
	faulty := false
	answer, err = c.http.Get(ctx, platform.Call{URL: c.One(kind, id), Gone: true, Few: few}, buf, func(body []byte) error {
		record, excuse := false, 0
		err := platform.Object(body, &faulty, func(name, _ []byte) {
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
