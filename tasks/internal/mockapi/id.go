package mockapi

import (
	"errors"

	"github.com/google/uuid"
)

// uuidLength is how long a UUID is in text.
const uuidLength = 36

// errID says that an id does not end in a UUID. The id itself stays out of the text.
var errID = errors.New("an id does not end in a UUID")

// bare returns the UUID at the end of an id, which OpenTable begins with "<rid>-".
func bare(id string) (uuid.UUID, error) {
	if len(id) < uuidLength {
		return uuid.UUID{}, errID
	}
	u, err := uuid.Parse(id[len(id)-uuidLength:])
	if err != nil {
		return uuid.UUID{}, errID
	}
	return u, nil
}
