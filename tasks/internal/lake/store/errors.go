package store

import (
	"errors"
	"io/fs"
	"syscall"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"gocloud.dev/gcerrors"

	"covers/tasks/internal/fault"
)

// IsMissing reports whether an error says that an object is not there.
func IsMissing(err error) bool {
	// Below a file there is nothing: a folder says so in its own way.
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return true
	}
	return gcerrors.Code(err) == gcerrors.NotFound && !bucketMissing(err) && !notOfS3(err)
}

func bucketMissing(err error) bool {
	var e smithy.APIError
	return errors.As(err, &e) && e.ErrorCode() == "NoSuchBucket"
}

// notOfS3 knows an answer whose body is not S3's: a page of some other server says nothing of objects.
func notOfS3(err error) bool {
	var answer *awshttp.ResponseError
	var e smithy.APIError
	return errors.As(err, &answer) && !errors.As(err, &e)
}

const (
	nextDisk  = "free space on that disk, then run again"
	nextRight = "give the program's user or role the right to do that"
	nextLinks = "put the zone in a folder of a file system with hard links and long names"
)

// KindOf tells what passes from what does not, and returns what to do next.
func KindOf(err error) (fault.Kind, string) {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fault.Temporary, nextDisk
	case errors.Is(err, syscall.EFBIG):
		return fault.Usage, "put the zone on a file system that takes files of that size, or raise the user's limit (ulimit -f)"
	case noHardLinks(err), errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.ENOSYS),
		errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR):
		return fault.Usage, nextLinks
	case errors.Is(err, syscall.EROFS):
		return fault.Denied, "mount the file system so that it may be written"
	case errors.Is(err, fs.ErrPermission):
		return fault.Denied, nextRight
	case errors.Is(err, syscall.EXDEV):
		return fault.Usage, "move the folder back to the zone's own file system: objects reach their place by a link, " +
			"and no link leads from one file system to another"
	case errors.Is(err, syscall.ELOOP):
		return fault.Usage, "correct the symbolic link: it leads in a circle"
	case errors.Is(err, syscall.EIO), errors.Is(err, syscall.ESTALE), errors.Is(err, syscall.ENOTCONN):
		return fault.Unavailable, "look after that disk or share: it does not answer as one should; then run again"
	}
	return kindOfS3(err)
}
