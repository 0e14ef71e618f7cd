package mockapi

import (
	"encoding/hex"
	"errors"

	"github.com/google/uuid"
)

// How long the two forms of an id are in text: a UUID, and OpenTable's 24 hexadecimal digits.
const (
	uuidLength = 36
	hexLength  = 24
)

// errID says that an id ends in neither form. The id itself stays out of the text.
var errID = errors.New("an id ends neither in a UUID nor in 24 hexadecimal digits")

// hexMark ends the 16 bytes that stand for an id of 24 digits. A UUID that ends so would be taken for one; generate makes none.
var hexMark = [4]byte{'h', 'e', 'x', 0}

// bare returns what stands for an id here, without the "<rid>-" that OpenTable's begin with: its UUID, or its 24 digits and
// hexMark. Capitals are the same as small letters.
func bare(id string) (uuid.UUID, error) {
	if len(id) >= uuidLength && (len(id) == uuidLength || id[len(id)-uuidLength-1] == '-') {
		if u, err := uuid.Parse(id[len(id)-uuidLength:]); err == nil {
			return u, nil
		}
	}
	var u uuid.UUID
	if n := len(id); n >= hexLength && (n == hexLength || id[n-hexLength-1] == '-') {
		if _, err := hex.Decode(u[:12], []byte(id[n-hexLength:])); err == nil {
			copy(u[12:], hexMark[:])
			return u, nil
		}
	}
	return u, errID
}

// idText writes what bare returned, in small letters.
func idText(id uuid.UUID) string {
	if [4]byte(id[12:]) == hexMark {
		return hex.EncodeToString(id[:12])
	}
	return id.String()
}
