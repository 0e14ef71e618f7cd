package store

import (
	"errors"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"syscall"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"gocloud.dev/gcerrors"

	"covers/tasks/internal/fault"
)

// IsMissing reports whether an error says that an object is not there.
func IsMissing(err error) bool {
	// Below a file there is nothing: a folder says so in its own way.
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) ||
		gcerrors.Code(err) == gcerrors.NotFound && !bucketMissing(err)
}

func bucketMissing(err error) bool {
	var e smithy.APIError
	return errors.As(err, &e) && e.ErrorCode() == "NoSuchBucket"
}

const (
	nextDisk  = "free space on that disk, then run again"
	nextRight = "give the program's user or role the right to do that"
	nextKeys  = "give AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role"
	nextWait  = "run again; if it goes on, look at the store"
)

// KindOf tells what passes from what does not, and returns what to do next.
func KindOf(err error) (fault.Kind, string) {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fault.Temporary, nextDisk
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fault.Denied, nextRight
	case errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.EXDEV), errors.Is(err, syscall.ENAMETOOLONG),
		errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR):
		return fault.Usage, "put the zone in a folder of a file system with hard links and long names"
	}
	var network net.Error
	if strings.Contains(err.Error(), "get identity") { // the client has no type for it
		if errors.As(err, &network) {
			return fault.Unavailable, nextKeys
		}
		return fault.Denied, nextKeys
	}
	var api smithy.APIError
	code := ""
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	switch code {
	case "NoSuchBucket", "InvalidBucketName", "PermanentRedirect", "AuthorizationHeaderMalformed", "EntityTooLarge":
		return fault.Usage, "correct the zone's bucket, region and endpoint"
	case "AccessDenied", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken",
		"AllAccessDisabled":
		return fault.Denied, nextRight
	case "SlowDown", "RequestTimeout", "ConditionalRequestConflict", "PreconditionFailed", "TooManyRequests", "Throttling",
		"RequestLimitExceeded":
		return fault.Temporary, nextWait
	}
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) {
		switch answer.HTTPStatusCode() {
		case http.StatusUnauthorized, http.StatusForbidden:
			return fault.Denied, nextRight
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			return fault.Temporary, nextWait
		}
	}
	return fault.Unavailable, nextWait
}
