package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// refetchEvery bounds how often credentials that AWS refuses are fetched anew:
// ones that stay refused must not become a storm of requests to STS.
const refetchEvery = 5 * time.Second

// refused are the error codes with which AWS refuses credentials that it took
// before: the session was revoked or has ended early, or the key was replaced,
// maybe half of it by now.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
var refused = map[string]bool{
	"ExpiredToken":                true,
	"ExpiredTokenException":       true,
	"InvalidAccessKeyId":          true,
	"InvalidClientTokenId":        true,
	"InvalidSignatureException":   true,
	"InvalidToken":                true,
	"SignatureDoesNotMatch":       true,
	"TokenRefreshRequired":        true,
	"UnrecognizedClientException": true,
}

// refresher has the credentials fetched anew when AWS refuses them before their
// end, and the request that was refused tried once more with the new ones.
type refresher struct {
	caches []*aws.CredentialsCache // of the chain, the last role's at the end
	source *chain                  // the SDK's default chain; nil: not used
	now    func() time.Time

	mu   sync.Mutex
	last time.Time // when all was fetched anew
}

// keep has a provider that is a cache forget what it holds when AWS refuses it.
func (r *refresher) keep(p aws.CredentialsProvider) {
	if c, ok := p.(*aws.CredentialsCache); ok {
		r.caches = append(r.caches, c)
	}
}

// add is an option of an SDK client.
func (r *refresher) add(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("in_stellar_aws.Refresh",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleInitialize(ctx, in)
			if !isRefusal(err) || ctx.Err() != nil {
				return out, metadata, err
			}
			r.refetch()
			return next.HandleInitialize(ctx, in)
		}), middleware.Before)
}

func isRefusal(err error) bool {
	var answer smithy.APIError
	return errors.As(err, &answer) && refused[answer.ErrorCode()]
}

// refetch forgets the credentials, unless they were forgotten just now.
func (r *refresher) refetch() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.now(); now.Sub(r.last) >= refetchEvery {
		r.last = now
		if r.source != nil {
			r.source.forget()
		}
		for _, c := range r.caches {
			c.Invalidate()
		}
	}
}

// chain is the SDK's default chain, which reads the shared files once: after
// forget it is made anew, so that keys replaced there are seen.
type chain struct {
	load func(context.Context) (aws.CredentialsProvider, error)

	mu      sync.Mutex
	current aws.CredentialsProvider
}

// Retrieve implements aws.CredentialsProvider.
func (c *chain) Retrieve(ctx context.Context) (aws.Credentials, error) {
	provider, err := c.provider(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	return provider.Retrieve(ctx)
}

func (c *chain) provider(ctx context.Context) (aws.CredentialsProvider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil {
		provider, err := c.load(ctx)
		if err != nil {
			return nil, fmt.Errorf("load AWS settings again: %w", err)
		}
		c.current = provider
	}
	return c.current, nil
}

func (c *chain) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = nil
}

// observe has f told of every request to AWS, also of those that the SDK
// repeats by itself: the service and operation, and how it ended.
func observe(f func(service, operation string, err error)) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("in_stellar_aws.Observe",
			func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
				out, metadata, err := next.HandleDeserialize(ctx, in)
				f(awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx), err)
				return out, metadata, err
			}), middleware.Before)
	}
}
