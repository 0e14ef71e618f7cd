package store

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"covers/tasks/internal/fault"
)

// verdict is what an answer of a store means to whoever runs the step.
type verdict struct {
	kind fault.Kind
	next string
}

const (
	nextKeys    = "give AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role"
	nextRenew   = "renew the credentials: their time has ended (AWS_SESSION_TOKEN, the profile's session, or the role's)"
	nextKey     = "correct AWS_ACCESS_KEY_ID: the store does not know this key, or no longer"
	nextClock   = "set the clock of this machine: it differs from the store's by more than that allows"
	nextSize    = "raise the greatest size of an object that the store, or a proxy before it, takes"
	nextWait    = "run again; if it goes on, look at the store"
	nextBucket  = "correct the zone's bucket, region and endpoint"
	nextFull    = "raise the store's or the bucket's quota, or remove what is not needed, then run again"
	nextAccount = "ask the store's provider: the account behind these credentials may not be used"
	nextKMS     = "correct the zone's kmskeyid, or the bucket's default key, or enable the key again"
	nextKMSUse  = "give the program's role kms:GenerateDataKey and kms:Decrypt on the key that the message names"
	nextSums    = "set AWS_REQUEST_CHECKSUM_CALCULATION=when_required and AWS_RESPONSE_CHECKSUM_VALIDATION=when_required: " +
		"the store does not know the checksums that the client sends"
	nextGateway = "correct the zone's endpoint: what answers there is not S3"
)

// byCode are the codes of S3 (API reference, "Error responses"), of STS, and of servers that speak as S3 does: MinIO, Ceph,
// Cloudflare's R2, Google's interoperable API. A code that begins with KMS. is judged by kindOfKMS.
var byCode = map[string]verdict{
	"NoSuchBucket":                       {fault.Usage, nextBucket},
	"InvalidBucketName":                  {fault.Usage, nextBucket},
	"NoSuchAccessPoint":                  {fault.Usage, nextBucket},
	"PermanentRedirect":                  {fault.Usage, nextBucket},
	"MovedPermanently":                   {fault.Usage, nextBucket}, // a HEAD's, which has no body
	"TemporaryRedirect":                  {fault.Usage, nextBucket},
	"AuthorizationHeaderMalformed":       {fault.Usage, nextBucket},
	"IllegalLocationConstraintException": {fault.Usage, nextBucket},
	"MethodNotAllowed":                   {fault.Usage, nextGateway},
	"EntityTooLarge":                     {fault.Usage, nextSize},
	"RequestEntityTooLarge":              {fault.Usage, nextSize},

	"AccessDenied":                {fault.Denied, nextRight},
	"Forbidden":                   {fault.Denied, nextRight},
	"InvalidAccessKeyId":          {fault.Denied, nextKey},
	"InvalidClientTokenId":        {fault.Denied, nextKey},
	"UnrecognizedClientException": {fault.Denied, nextKey},
	"SignatureDoesNotMatch": {fault.Denied,
		"correct AWS_SECRET_ACCESS_KEY, or a proxy that changes requests on their way"},
	"InvalidToken":                 {fault.Denied, "correct AWS_SESSION_TOKEN, or unset it where the key is a lasting one"},
	"ExpiredToken":                 {fault.Denied, nextRenew},
	"ExpiredTokenException":        {fault.Denied, nextRenew},
	"TokenRefreshRequired":         {fault.Denied, nextRenew},
	"RequestExpired":               {fault.Denied, nextRenew},
	"InvalidIdentityToken":         {fault.Denied, "renew the token in the file that AWS_WEB_IDENTITY_TOKEN_FILE names"},
	"RequestTimeTooSkewed":         {fault.Denied, nextClock},
	"AllAccessDisabled":            {fault.Denied, nextAccount},
	"AccountProblem":               {fault.Denied, nextAccount},
	"NotSignedUp":                  {fault.Denied, nextAccount},
	"OptInRequired":                {fault.Denied, nextAccount},
	"InvalidPayer":                 {fault.Denied, nextAccount},
	"UserSuspended":                {fault.Denied, nextAccount},
	"UserProjectMissing":           {fault.Usage, "use a bucket whose owner pays for its requests"},
	"XMinioKMSNotConfigured":       {fault.Usage, nextKMS},
	"XMinioKMSKeyNotFound":         {fault.Usage, nextKMS},
	"InvalidEncryptionMethodError": {fault.Usage, "correct the zone's ssetype"},
	"InvalidObjectState": {fault.Data, "restore the object from its archive (aws s3api restore-object), " +
		"and exempt the zone from the rule that archives it"},

	"QuotaExceeded":                  {fault.Temporary, nextFull},
	"XMinioAdminBucketQuotaExceeded": {fault.Temporary, nextFull},
	"XMinioStorageFull":              {fault.Temporary, nextFull},
	"InsufficientStorage":            {fault.Temporary, nextFull},
	"SlowDown":                       {fault.Temporary, nextWait},
	"SlowDownRead":                   {fault.Temporary, nextWait},
	"SlowDownWrite":                  {fault.Temporary, nextWait},
	"RequestTimeout":                 {fault.Temporary, nextWait},
	"ConditionalRequestConflict":     {fault.Temporary, nextWait},
	"OperationAborted":               {fault.Temporary, nextWait},
	"PreconditionFailed":             {fault.Temporary, nextWait},
	"TooManyRequests":                {fault.Temporary, nextWait},
	"TooManyRequestsException":       {fault.Temporary, nextWait},
	"Throttling":                     {fault.Temporary, nextWait},
	"ThrottlingException":            {fault.Temporary, nextWait},
	"RequestLimitExceeded":           {fault.Temporary, nextWait},
	"ServiceUnavailable":             {fault.Temporary, nextWait},
	"BandwidthLimitExceeded":         {fault.Temporary, nextWait},
	"ServerBusy":                     {fault.Temporary, nextWait},

	"NotImplemented":              {fault.Usage, nextSums},
	"XAmzContentSHA256Mismatch":   {fault.Usage, nextSums},
	"MissingContentLength":        {fault.Usage, nextSums},
	"XAmzContentChecksumMismatch": {fault.Unavailable, nextWait}, // bytes that changed on their way
	"BadDigest":                   {fault.Unavailable, nextWait},
	"InternalError":               {fault.Unavailable, nextWait},
}

// byStatus is asked where the code says nothing.
var byStatus = map[int]verdict{
	http.StatusMovedPermanently:      {fault.Usage, nextBucket},
	http.StatusTemporaryRedirect:     {fault.Usage, nextBucket},
	http.StatusUnauthorized:          {fault.Denied, nextRight},
	http.StatusForbidden:             {fault.Denied, nextRight},
	http.StatusNotFound:              {fault.Usage, nextGateway},
	http.StatusMethodNotAllowed:      {fault.Usage, nextGateway},
	http.StatusProxyAuthRequired:     {fault.Denied, nextProxy},
	http.StatusRequestTimeout:        {fault.Temporary, nextWait},
	http.StatusConflict:              {fault.Temporary, nextWait},
	http.StatusLengthRequired:        {fault.Usage, nextSums},
	http.StatusRequestEntityTooLarge: byCode["EntityTooLarge"],
	http.StatusTooEarly:              {fault.Temporary, nextWait},
	http.StatusTooManyRequests:       {fault.Temporary, nextWait},
	http.StatusNotImplemented:        {fault.Usage, nextSums},
	http.StatusServiceUnavailable:    {fault.Temporary, nextWait},
	http.StatusInsufficientStorage:   {fault.Temporary, nextFull},
	statusBandwidth:                  {fault.Temporary, nextWait},
}

const (
	statusBandwidth = 509 // Bandwidth Limit Exceeded, as Ceph and some proxies answer
	nextProxy       = "give the proxy's user and password in HTTPS_PROXY or HTTP_PROXY, or name the store in NO_PROXY"
)

// kindOfS3 judges an answer of a bucket, or that there was none.
func kindOfS3(err error) (fault.Kind, string) {
	if v, known := unanswered(err); known {
		return v.kind, v.next
	}
	var api smithy.APIError
	var answer *awshttp.ResponseError
	code, said, status := "", "", 0
	if errors.As(err, &api) {
		code, said = api.ErrorCode(), strings.ToLower(api.ErrorMessage())
	}
	if errors.As(err, &answer) {
		status = answer.HTTPStatusCode()
	}
	v, known := byCode[code]
	switch {
	case strings.Contains(err.Error(), "get identity"):
		return kindOfCredentials(err, code)
	case isOfKMS(err):
		return kindOfKMS(code)
	case known && v.kind == fault.Denied && strings.Contains(said, "object lock"):
		return fault.Denied, "leave the object until its retention under Object Lock ends"
	case strings.Contains(said, "requester pays"):
		return byCode["UserProjectMissing"].kind, byCode["UserProjectMissing"].next
	case strings.Contains(said, "content-md5") && strings.Contains(said, "object lock"):
		return fault.Usage, "unset AWS_REQUEST_CHECKSUM_CALCULATION: a bucket with Object Lock wants checksums"
	case code == "NotImplemented" && strings.Contains(said, "if-none-match"):
		return fault.Usage, nextConditional
	case strings.Contains(said, "x-amz-checksum"), strings.Contains(said, "aws-chunked"), strings.Contains(said, "-trailer"):
		return fault.Usage, nextSums
	}
	if !known {
		v, known = byStatus[status]
	}
	switch {
	case known && v.next == nextBucket && regionOf(answer) != "":
		return v.kind, "correct the zone's region: the bucket is in " + regionOf(answer)
	case known:
		return v.kind, v.next
	case status >= http.StatusMultipleChoices && status < http.StatusInternalServerError:
		return fault.Usage, "see what the store says of the request, and correct the zone's URL, the AWS variables or the store"
	case status == 0 && errors.As(err, new(net.Error)):
		return fault.Unavailable, "see whether the store can be reached at its endpoint; then run again"
	}
	return fault.Unavailable, nextWait
}

// regionOf returns the region that the store names in its answer, or "".
func regionOf(answer *awshttp.ResponseError) string {
	if answer == nil || answer.Response == nil {
		return ""
	}
	return answer.Response.Header.Get("X-Amz-Bucket-Region")
}

// isOfKMS reports whether an answer is about a key of KMS.
func isOfKMS(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) &&
		(strings.HasPrefix(api.ErrorCode(), "KMS.") || strings.Contains(strings.ToLower(api.ErrorMessage()), "kms:"))
}

// kindOfKMS judges what S3 says of the key that it was to encrypt or decrypt with.
func kindOfKMS(code string) (fault.Kind, string) {
	switch strings.TrimPrefix(code, "KMS.") {
	case "ThrottlingException", "LimitExceededException":
		return fault.Temporary, nextWait
	case "KMSInternalException", "DependencyTimeoutException", "InternalException":
		return fault.Unavailable, nextWait
	case "AccessDenied", "AccessDeniedException", "Forbidden":
		return fault.Denied, nextKMSUse
	}
	return fault.Usage, nextKMS
}

// kindOfCredentials judges why the client has no credentials to sign with. It has no type for it: what it tried is in its text.
func kindOfCredentials(err error, code string) (fault.Kind, string) {
	text := err.Error()
	v, known := byCode[code]
	var network net.Error
	switch {
	case strings.Contains(text, "SSO session") || strings.Contains(text, "SSOProviderInvalidToken"),
		strings.Contains(text, "cached SSO token is expired"):
		return fault.Denied, "sign in again: aws sso login"
	case code == "AccessDenied":
		return fault.Denied, "let the role trust who asks for it (sts:AssumeRole, sts:AssumeRoleWithWebIdentity)"
	case known:
		return v.kind, v.next
	case strings.Contains(text, "WebIdentityErr"), strings.Contains(text, "retrieve jwt"):
		return fault.Denied, byCode["InvalidIdentityToken"].next
	case errors.As(err, &network):
		return fault.Unavailable, nextKeys
	}
	return fault.Denied, nextKeys
}

// unanswered judges what goes wrong before a store is asked: on the way through a proxy, or as TLS begins.
func unanswered(err error) (verdict, bool) {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	text := err.Error()
	switch {
	case errors.As(err, &authority):
		return verdict{fault.Usage, "name the authority that signs the store's certificate, in AWS_CA_BUNDLE or SSL_CERT_FILE"},
			true
	case errors.As(err, &name):
		return verdict{fault.Usage, "correct the zone's endpoint: its certificate is of another host"}, true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return verdict{fault.Usage, "set the clock of this machine, or have the store's certificate renewed"}, true
	case errors.As(err, &invalid):
		return verdict{fault.Usage, "have the store's certificate corrected"}, true
	case errors.As(err, &record), strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return verdict{fault.Usage, "correct the zone's endpoint: it speaks http, not https"}, true
	case strings.Contains(text, "Proxy Authentication Required"):
		return verdict{fault.Denied, nextProxy}, true
	case strings.Contains(text, "proxyconnect"):
		return verdict{fault.Unavailable, "see whether the proxy of HTTPS_PROXY answers, or name the store in NO_PROXY"}, true
	}
	return verdict{}, false
}
