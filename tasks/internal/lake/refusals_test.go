package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// fakeS3 gives credentials, and returns a zone in a bucket of a server that answers as it is told.
func fakeS3(t *testing.T, answer http.HandlerFunc) *Zone {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_MAX_ATTEMPTS": "1",
		"AWS_PROFILE":      "", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_CONFIG_FILE": "/nonexistent",
	} {
		t.Setenv(name, value)
	}
	return openZone(t, s3At(server.URL))
}

func s3At(endpoint string) string {
	return "s3://bucket/zone?region=us-east-1&use_path_style=true&endpoint=" + url.QueryEscape(endpoint)
}

// says answers each request with a status and, if it can have a body, with a code and a message of S3.
func says(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		if r.Method != http.MethodHead && code != "" {
			_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<Error><Code>"+code+"</Code><Message>"+message+
				"</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>")
		}
	}
}

// TestRefusalsOfAStore: each way in which a store refuses has its kind, and a next step of its own. The codes and words are those
// of Amazon S3's, STS's and KMS's error responses, and of servers that speak as S3 does.
func TestRefusalsOfAStore(t *testing.T) {
	for _, c := range []struct {
		status        int
		code, message string
		kind          fault.Kind
		next          string
	}{
		{400, "KMS.NotFoundException", "Invalid keyId 'abc'", fault.Usage, "correct the zone's kmskeyid"},
		{400, "KMS.DisabledException", "arn:aws:kms:eu-west-1:111122223333:key/abc is disabled.", fault.Usage,
			"enable the key again"},
		{400, "KMS.KMSInvalidStateException", "arn:aws:kms:eu-west-1:111122223333:key/abc is pending deletion.", fault.Usage,
			"enable the key again"},
		{400, "KMS.ThrottlingException", "You have exceeded the rate at which you may call KMS.", fault.Temporary, "run again"},
		{500, "KMS.KMSInternalException", "", fault.Unavailable, "run again"},
		{403, "AccessDenied",
			"User: arn:aws:sts::111122223333:assumed-role/x is not authorized to perform: kms:GenerateDataKey on " +
				"resource: arn:aws:kms:eu-west-1:111122223333:key/abc", fault.Denied, "role kms:GenerateDataKey"},
		{400, "ExpiredToken", "The provided token has expired.", fault.Denied, "renew the credentials"},
		{400, "TokenRefreshRequired", "The provided token must be refreshed.", fault.Denied, "renew the credentials"},
		{403, "RequestExpired", "Request has expired.", fault.Denied, "renew the credentials"},
		{400, "InvalidToken", "The provided token is malformed or otherwise not valid.", fault.Denied,
			"correct AWS_SESSION_TOKEN"},
		{403, "InvalidAccessKeyId", "The AWS access key Id you provided does not exist in our records.", fault.Denied,
			"correct AWS_ACCESS_KEY_ID"},
		{403, "SignatureDoesNotMatch", "The request signature we calculated does not match", fault.Denied,
			"correct AWS_SECRET_ACCESS_KEY"},
		{403, "RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.", fault.Denied,
			"set the clock"},
		{403, "AccessDenied", "Access Denied", fault.Denied, "the right to do that"},
		{403, "AllAccessDisabled", "All access to this object has been disabled.", fault.Denied, "ask the store's provider"},
		{403, "AccountProblem", "There is a problem with your AWS account", fault.Denied, "ask the store's provider"},
		{403, "NotSignedUp", "Your account is not signed up for the Amazon S3 service.", fault.Denied,
			"ask the store's provider"},
		{403, "InvalidPayer", "All access to this object has been disabled.", fault.Denied, "ask the store's provider"},
		{403, "AccessDenied", "Access Denied because object protected by object lock.", fault.Denied, "until its retention"},
		{400, "UserProjectMissing", "Bucket is a requester pays bucket but no user project provided.", fault.Usage, "owner pays"},
		{403, "InvalidObjectState", "The operation is not valid for the object's storage class", fault.Data,
			"restore the object"},
		{403, "QuotaExceeded", "The quota was exceeded.", fault.Temporary, "raise the store's or the bucket's quota"},
		{400, "XMinioAdminBucketQuotaExceeded", "Bucket quota exceeded", fault.Temporary,
			"raise the store's or the bucket's quota"},
		{507, "XMinioStorageFull", "Storage backend has reached its minimum free drive threshold.", fault.Temporary, "quota"},
		{507, "", "", fault.Temporary, "quota"},
		{400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", fault.Usage, "greatest size"},
		{413, "", "", fault.Usage, "greatest size"}, // a proxy's
		{503, "SlowDown", "Please reduce your request rate.", fault.Temporary, "run again"},
		{503, "", "", fault.Temporary, "run again"},
		{509, "BandwidthLimitExceeded", "", fault.Temporary, "run again"},
		{429, "TooManyRequests", "", fault.Temporary, "run again"},
		{500, "InternalError", "We encountered an internal error. Please try again.", fault.Unavailable, "run again"},
		{502, "", "", fault.Unavailable, "run again"},
		{504, "", "", fault.Unavailable, "run again"},
		{400, "RequestTimeout", "Your socket connection to the server was not read from or written to within the timeout period.",
			fault.Temporary, "run again"},
		{409, "OperationAborted", "A conflicting conditional operation is currently in progress against this resource.",
			fault.Temporary, "run again"},
		{404, "NoSuchBucket", "The specified bucket does not exist", fault.Usage, "correct the zone's bucket"},
		{400, "InvalidBucketName", "The specified bucket is not valid.", fault.Usage, "correct the zone's bucket"},
		{400, "AuthorizationHeaderMalformed", "the region 'us-east-1' is wrong; expecting 'eu-west-1'", fault.Usage,
			"correct the zone's bucket, region"},
		{405, "MethodNotAllowed", "The specified method is not allowed against this resource.", fault.Usage, "is not S3"},
		{501, "NotImplemented", "A header you provided implies functionality that is not implemented", fault.Usage,
			"AWS_REQUEST_CHECKSUM_CALCULATION=when_required"},
		{501, "NotImplemented", "STREAMING-UNSIGNED-PAYLOAD-TRAILER not implemented", fault.Usage,
			"AWS_REQUEST_CHECKSUM_CALCULATION=when_required"},
		{400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.",
			fault.Usage, "AWS_REQUEST_CHECKSUM_CALCULATION=when_required"},
		{400, "InvalidArgument", "Header x-amz-checksum-crc32 is not supported", fault.Usage,
			"AWS_REQUEST_CHECKSUM_CALCULATION=when_required"},
		{411, "MissingContentLength", "You must provide the Content-Length HTTP header.", fault.Usage,
			"AWS_REQUEST_CHECKSUM_CALCULATION=when_required"},
		{501, "NotImplemented", "Header 'If-None-Match' with value '*' not implemented", fault.Usage, "heeds If-None-Match"},
		{400, "InvalidRequest",
			"Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock " +
				"parameters", fault.Usage, "unset AWS_REQUEST_CHECKSUM_CALCULATION"},
		{400, "InvalidEncryptionMethodError", "The encryption request you specified is not valid.", fault.Usage, "ssetype"},
		{401, "", "", fault.Denied, "the right to do that"},
		{407, "", "", fault.Denied, "the proxy's user and password"},
		{400, "SomethingNobodyKnows", "It cannot be.", fault.Usage, "see what the store says"},
	} {
		t.Run(c.code+" "+http.StatusText(c.status)+" "+c.message, func(t *testing.T) {
			z := fakeS3(t, says(c.status, c.code, c.message))
			err := z.Create(t.Context(), "a", strings.NewReader("x"))
			wantFault(t, err, c.kind, "create s3://bucket/zone/a", c.code, "; ", c.next)
			for _, err := range z.List(t.Context(), "a") {
				wantFault(t, err, c.kind, c.next)
			}
			if c.status != 404 {
				_, err = z.Open(t.Context(), "a")
				wantFault(t, err, c.kind, c.next)
			}
		})
	}
}

// TestKMSKeyIsNamed: where the zone names a key, a refusal names it too.
func TestKMSKeyIsNamed(t *testing.T) {
	z := fakeS3(t, says(400, "KMS.NotFoundException", "Invalid keyId"))
	need(t, z.Close())
	server := httptest.NewServer(says(400, "KMS.NotFoundException", "Invalid keyId"))
	defer server.Close()
	z = openZone(t, s3At(server.URL)+"&ssetype=aws:kms&kmskeyid=alias/covers")
	err := z.Create(t.Context(), "a", strings.NewReader("x"))
	wantFault(t, err, fault.Usage, "encrypt with the key alias/covers", "kmskeyid")
}

// TestAnotherRegion: where the store names the bucket's region, so does the next step, and a HEAD without a body is understood.
func TestAnotherRegion(t *testing.T) {
	z := fakeS3(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Bucket-Region", "eu-west-1")
		says(http.StatusMovedPermanently, "PermanentRedirect", "The bucket must be addressed with the specified endpoint.")(w, r)
	})
	wantFault(t, z.Create(t.Context(), "a", strings.NewReader("x")), fault.Usage,
		"correct the zone's region: the bucket is in eu-west-1")
	_, err := z.Stat(t.Context(), "a")
	wantFault(t, err, fault.Usage, "correct the zone's region: the bucket is in eu-west-1")
	if errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is taken for missing: %v", err)
	}
}

// TestNotS3: a web site at the endpoint is no store, whatever it answers.
func TestNotS3(t *testing.T) {
	for status, next := range map[int]string{http.StatusNotFound: "is not S3", http.StatusForbidden: "the right to do that"} {
		z := fakeS3(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<!doctype html><html><body><h1>No</h1><hr></body></html>")
		})
		err := z.Create(t.Context(), "a", strings.NewReader("x"))
		if wantFault(t, err, fault.KindOf(err), next); errors.Is(err, fs.ErrNotExist) {
			t.Errorf("an object that is created is missing: %v", err)
		}
		if kind := fault.KindOf(err); kind != fault.Usage && kind != fault.Denied {
			t.Errorf("%d passes: %v", status, err)
		}
		_, err = z.Open(t.Context(), "a")
		if errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a page that is no store's says that an object is missing: %v", err)
		}
		for _, err := range z.List(t.Context(), "") {
			if wantFault(t, err, fault.KindOf(err), next); errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a listing is missing: %v", err)
			}
		}
	}
}

// TestStoreThatOverwrites: a store that takes no heed of If-None-Match is refused at the first create, and what was created is as
// it was. One that heeds it is asked once more, once.
func TestStoreThatOverwrites(t *testing.T) {
	var puts atomic.Int64
	heeds := false
	stored := map[string]string{}
	z := fakeS3(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPut {
			return
		}
		puts.Add(1)
		if _, taken := stored[r.URL.Path]; taken && heeds {
			says(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions did not hold")(w, r)
			return
		}
		stored[r.URL.Path] = string(text)
	})
	for _, key := range []string{"a", "b"} {
		err := z.Create(t.Context(), key, strings.NewReader("x"))
		wantFault(t, err, fault.Usage, "create s3://bucket/zone/"+key, "If-None-Match", "later of two attempts would win",
			"lake check")
	}
	for key, text := range stored {
		if !strings.Contains(text, "x") {
			t.Errorf("%s holds %q", key, text)
		}
	}

	heeds = true
	puts.Store(0)
	for _, key := range []string{"c", "d", "e"} {
		need(t, z.Create(t.Context(), key, strings.NewReader("x")))
	}
	if n := puts.Load(); n != 4 {
		t.Errorf("%d requests for three objects, want one more", n)
	}
}

// TestStoreThatCannotSay: an answer that says neither refuses nobody, and the next create asks again.
func TestStoreThatCannotSay(t *testing.T) {
	var puts atomic.Int64
	z := fakeS3(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		switch puts.Add(1) {
		case 2:
			says(http.StatusServiceUnavailable, "SlowDown", "")(w, r)
		case 4:
			says(http.StatusConflict, "ConditionalRequestConflict", "")(w, r)
		}
	})
	for _, key := range []string{"a", "b", "c"} {
		need(t, z.Create(t.Context(), key, strings.NewReader("x")))
	}
	if n := puts.Load(); n != 5 {
		t.Errorf("%d requests, want two for the first two objects and one for the third", n)
	}
}

// TestStoreWithoutChecksums: the setting that the refusal names is what such a store needs.
func TestStoreWithoutChecksums(t *testing.T) {
	old := func(w http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			if strings.HasPrefix(name, "X-Amz-Checksum-") || name == "X-Amz-Trailer" {
				says(http.StatusNotImplemented, "NotImplemented", "Header '"+strings.ToLower(name)+"' not implemented")(w, r)
				return
			}
		}
		if r.Header.Get("If-None-Match") != "*" {
			says(http.StatusBadRequest, "InvalidRequest", "")(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
	}
	z := fakeS3(t, old)
	wantFault(t, z.Create(t.Context(), "a", strings.NewReader("x")), fault.Usage, "x-amz-checksum",
		"AWS_REQUEST_CHECKSUM_CALCULATION=when_required")
	t.Setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
	taken := false
	z = fakeS3(t, func(w http.ResponseWriter, r *http.Request) {
		if taken {
			says(http.StatusPreconditionFailed, "PreconditionFailed", "")(w, r)
			return
		}
		taken = r.Method == http.MethodPut
		old(w, r)
	})
	need(t, z.Create(t.Context(), "a", strings.NewReader("x")))
}

// TestCredentialsOfAStore: what keeps the client from signing is told by what to do about it.
func TestCredentialsOfAStore(t *testing.T) {
	sts := func(status int, code, message string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<ErrorResponse><Error><Type>Sender</Type><Code>"+code+"</Code><Message>"+message+
				"</Message></Error></ErrorResponse>")
		}
	}
	folder := t.TempDir()
	token := filepath.Join(folder, "token")
	need(t, os.WriteFile(token, []byte("a.b.c"), 0o600))
	for name, c := range map[string]struct {
		sts  http.HandlerFunc
		env  map[string]string
		kind fault.Kind
		next string
	}{
		"none": {nil, nil, fault.Denied, "give AWS credentials"},
		"no answer of the machine's own": {nil, map[string]string{"AWS_EC2_METADATA_DISABLED": "",
			"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"}, fault.Unavailable, "give AWS credentials"},
		"a web token that has ended": {sts(400, "ExpiredTokenException", "Token expired: current date/time must be before"),
			map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/x"},
			fault.Denied, "renew the credentials"},
		"a web token of another issuer": {sts(400, "InvalidIdentityToken", "No OpenIDConnect provider found"),
			map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/x"},
			fault.Denied, "AWS_WEB_IDENTITY_TOKEN_FILE names"},
		"a web token that is not there": {nil,
			map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": token + "-none", "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/x"},
			fault.Denied, "AWS_WEB_IDENTITY_TOKEN_FILE names"},
		"a role that does not trust": {sts(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
			map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/x"},
			fault.Denied, "let the role trust"},
	} {
		t.Run(name, func(t *testing.T) {
			fakeS3(t, says(200, "", ""))
			t.Setenv("AWS_ACCESS_KEY_ID", "")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "")
			t.Setenv("AWS_REGION", "us-east-1")
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			if c.sts != nil {
				server := httptest.NewServer(c.sts)
				defer server.Close()
				t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
			}
			z := openZone(t, s3At("http://127.0.0.1:1"))
			wantFault(t, z.Create(t.Context(), "a", strings.NewReader("x")), c.kind, c.next)
		})
	}
	t.Run("a profile that is not there", func(t *testing.T) {
		fakeS3(t, says(200, "", ""))
		t.Setenv("AWS_PROFILE", "nobody")
		_, err := Open(context.Background(), machine.This(), s3At("http://127.0.0.1:1"))
		wantFault(t, err, fault.Usage, "nobody", "AWS")
	})
}

// TestTheWayToAStore: certificates and proxies that let nothing through are told from a store that is down.
func TestTheWayToAStore(t *testing.T) {
	private := httptest.NewUnstartedServer(says(200, "", ""))
	private.Config.ErrorLog = log.New(io.Discard, "", 0)
	private.StartTLS()
	defer private.Close()
	plain := httptest.NewServer(says(200, "", ""))
	defer plain.Close()
	closed := httptest.NewServer(says(407, "", ""))
	defer closed.Close()
	for name, c := range map[string]struct {
		endpoint, proxy string
		kind            fault.Kind
		next            string
	}{
		"a private authority":           {private.URL, "", fault.Usage, "AWS_CA_BUNDLE"},
		"no TLS":                        {strings.Replace(plain.URL, "http:", "https:", 1), "", fault.Usage, "http, not https"},
		"a proxy that wants a password": {"https://s3.example.test", closed.URL, fault.Denied, "the proxy's user and password"},
		"a proxy that is not there": {"https://s3.example.test", "http://127.0.0.1:1", fault.Unavailable,
			"the proxy of HTTPS_PROXY"},
		"nobody":                 {"http://127.0.0.1:1", "", fault.Unavailable, "can be reached"},
		"a name that nobody has": {"http://s3.invalid", "", fault.Unavailable, "can be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			z := fakeS3(t, says(200, "", ""))
			need(t, z.Close())
			err := tried(t, s3At(c.endpoint), c.proxy)
			wantFault(t, err, c.kind, c.next)
		})
	}
}

const triedZone = "COVERS_TEST_TRIED_ZONE"

// tried creates an object in a process of its own, since the way to a proxy is looked up once in a process, and returns what
// became of it.
func tried(t *testing.T, zone, proxy string) error {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestTried$", "-test.v")
	cmd.Env = append(os.Environ(), triedZone+"="+zone, "HTTPS_PROXY="+proxy)
	out, err := cmd.CombinedOutput()
	need(t, err)
	_, rest, found := strings.Cut(string(out), "tried:")
	kind, text, cut := strings.Cut(rest, ":")
	n, err := strconv.Atoi(kind)
	if need(t, err); !found || !cut {
		t.Fatalf("the process said %s", out)
	}
	return fault.New(fault.Kind(n), "", "%s", text)
}

// TestTried is what tried runs.
func TestTried(t *testing.T) {
	zone := os.Getenv(triedZone)
	if zone == "" {
		t.Skip("tried runs it")
	}
	err := openZone(t, zone).Create(t.Context(), "a", strings.NewReader("x"))
	fmt.Printf("tried:%d:%v\n", fault.KindOf(err), err)
}
