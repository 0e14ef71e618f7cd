package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// ErrExists says that the key of a Create is taken.
var ErrExists = errors.New("the key is taken")

// explain gives a store's error its address and its kind. ErrExists stays as it is, a missing object becomes
// fs.ErrNotExist: what those mean is the caller's to say.
func (z *Zone) explain(ctx context.Context, action, key string, err error) error {
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return fmt.Errorf("%s %s: %w", action, z.at(key), err)
	case errors.Is(err, ErrExists):
		return fmt.Errorf("%s %s: %w", action, z.at(key), ErrExists)
	case isMissing(err):
		return fmt.Errorf("%s %s: %w", action, z.at(key), fs.ErrNotExist)
	case ctx.Err() != nil:
		return fmt.Errorf("%s %s: %w", action, z.at(key), ctx.Err())
	}
	kind, next := kindOf(err)
	if errors.Is(err, io.EOF) {
		// A connection that ends before its answer is not the end of an object: nobody must find an io.EOF in here.
		err = errors.New(err.Error())
	}
	return fault.New(kind, next, "%s %s: %w", action, z.at(key), err)
}

func isMissing(err error) bool {
	// Below a file there is nothing: a folder says so in its own way.
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || gcerrors.Code(err) == gcerrors.NotFound && !bucketMissing(err)
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

// kindOf tells what passes from what does not.
func kindOf(err error) (fault.Kind, string) {
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
	case "AccessDenied", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "AllAccessDisabled":
		return fault.Denied, nextRight
	case "SlowDown", "RequestTimeout", "ConditionalRequestConflict", "PreconditionFailed", "TooManyRequests", "Throttling", "RequestLimitExceeded":
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

// IsUnreadable says whether an error is of an object itself, which is damaged or of a newer program: it stays so however often it
// is read.
func IsUnreadable(err error) bool {
	kind := fault.KindOf(err)
	return err != nil && (kind == fault.Data || kind == fault.Usage)
}
