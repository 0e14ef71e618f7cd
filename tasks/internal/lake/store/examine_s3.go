package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"covers/tasks/internal/fault"
)

// examine implements Store: what a bucket is set to, as far as the credentials may ask and the store says.
func (s *bucketStore) examine(ctx context.Context, key string) []Finding {
	found := []Finding{s.versioning(ctx), s.encryption(ctx), s.lifecycle(ctx)}
	if found[0].Verdict == Right {
		found = append(found, s.versions(ctx, s.prefix+key))
	}
	return found
}

func (s *bucketStore) erase(ctx context.Context, key string) error {
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.name, Key: aws.String(s.prefix + key)})
	return err
}

// versions removes what a bucket with versions keeps of an object that was deleted.
func (s *bucketStore) versions(ctx context.Context, key string) Finding {
	const what = "old versions"
	kept := Finding{What: what, Verdict: Note,
		Says: "not allowed to remove them (s3:ListBucketVersions, s3:DeleteObjectVersion): those of " + key + " are kept",
		Next: "nothing, where a rule of the bucket removes old versions"}
	out, err := s.client.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &s.name, Prefix: &key})
	if err != nil {
		return kept
	}
	var ids []*string
	for _, v := range out.Versions {
		ids = append(ids, v.VersionId)
	}
	for _, m := range out.DeleteMarkers {
		ids = append(ids, m.VersionId)
	}
	for _, id := range ids {
		if _, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.name, Key: &key, VersionId: id}); err != nil {
			return kept
		}
	}
	return Finding{What: what, Verdict: Right, Says: "those of the object that was written are removed, too"}
}

// setting returns what a question about a bucket's settings came to where it has no answer: the codes in none say that nothing is
// set.
func setting(what string, err error, right, none, says string) Finding {
	var api smithy.APIError
	var answer *awshttp.ResponseError
	code, status := "", 0
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	if errors.As(err, &answer) {
		status = answer.HTTPStatusCode()
	}
	kind, _ := KindOf(err)
	switch {
	case code == none:
		return Finding{What: what, Verdict: Note, Says: says}
	case kind == fault.Denied:
		return Finding{What: what, Verdict: Unknown, Says: "not allowed to ask (" + right + ")"}
	case code == "NotImplemented", status == http.StatusNotImplemented, status == http.StatusMethodNotAllowed,
		kind == fault.Usage, kind == fault.Data:
		return Finding{What: what, Verdict: Unknown, Says: "the store does not say"}
	}
	return findingOf(what, err)
}

func (s *bucketStore) versioning(ctx context.Context) Finding {
	const what = "versioning"
	out, err := s.client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &s.name})
	switch {
	case err != nil:
		return setting(what, err, "s3:GetBucketVersioning", "", "")
	case out.Status == types.BucketVersioningStatusEnabled:
		return Finding{What: what, Verdict: Right, Says: "on: what is deleted by mistake can be brought back"}
	}
	return Finding{What: what, Verdict: Note, Says: "off: what is deleted by mistake is gone",
		Next: "turn it on, as terraform/modules/lake does, or keep a backup"}
}

func (s *bucketStore) encryption(ctx context.Context) Finding {
	const what = "encryption"
	out, err := s.client.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &s.name})
	if err != nil {
		return setting(what, err, "s3:GetEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError",
			"the bucket has none by default")
	}
	if out.ServerSideEncryptionConfiguration != nil {
		for _, rule := range out.ServerSideEncryptionConfiguration.Rules {
			if by := rule.ApplyServerSideEncryptionByDefault; by != nil {
				return Finding{What: what, Verdict: Right, Says: "on: " + string(by.SSEAlgorithm)}
			}
		}
	}
	return Finding{What: what, Verdict: Note, Says: "the bucket has none by default"}
}

// lifecycle tells what becomes of the zone's objects by themselves. A class that must be restored before it can be read would end
// every step that reads it.
func (s *bucketStore) lifecycle(ctx context.Context) Finding {
	const what = "lifecycle"
	out, err := s.client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &s.name})
	if err != nil {
		return setting(what, err, "s3:GetLifecycleConfiguration", "NoSuchLifecycleConfiguration",
			"no rule: nothing expires by itself")
	}
	var said []string
	for _, rule := range out.Rules {
		if rule.Status != types.ExpirationStatusEnabled || !s.meets(rule) {
			continue
		}
		for _, t := range rule.Transitions {
			switch t.StorageClass {
			case types.TransitionStorageClassGlacier, types.TransitionStorageClassDeepArchive:
				return Finding{What: what, Verdict: Wrong, Kind: fault.Usage,
					Says: fmt.Sprintf("objects move to %s, where they cannot be read before they are restored", t.StorageClass),
					Next: "exempt the zone from that rule, or use a class that can be read at once, as GLACIER_IR"}
			}
		}
		if rule.Expiration != nil && rule.Expiration.Days != nil {
			said = append(said, fmt.Sprintf("objects of %q expire after %d days", prefixOf(rule), *rule.Expiration.Days))
		}
	}
	if len(said) == 0 {
		return Finding{What: what, Verdict: Note, Says: "no rule of the zone: nothing expires by itself"}
	}
	return Finding{What: what, Verdict: Right, Says: strings.Join(said, ", ")}
}

// meets reports whether a rule is about objects of the zone, or some of them.
func (s *bucketStore) meets(rule types.LifecycleRule) bool {
	prefix := prefixOf(rule)
	return strings.HasPrefix(s.prefix, prefix) || strings.HasPrefix(prefix, s.prefix)
}

func prefixOf(rule types.LifecycleRule) string {
	switch f := rule.Filter; {
	case f != nil && f.Prefix != nil:
		return *f.Prefix
	case f != nil && f.And != nil && f.And.Prefix != nil:
		return *f.And.Prefix
	case rule.Prefix != nil: //nolint:staticcheck // older rules have it there
		return *rule.Prefix //nolint:staticcheck // as above
	}
	return ""
}
