using Microsoft.AspNetCore.Http.Timeouts;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Shadowing;

/// <summary>
/// A request's head without what would let it act in its user's name; it goes through the same pipeline as its original.
/// </summary>
internal static class ShadowCopy
{
    public static HttpContext Of(HttpContext original, ShadowTerms terms)
    {
        var head = new HeaderDictionary(original.Request.Headers.Count);
        foreach (var (name, value) in original.Request.Headers)
        {
            if (!Credentials.IsOne(name) || terms.Credentials.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                head[name] = value;
            }
        }

        return RequestHead.Fork(original, head);
    }

    /// <summary>Ends it at its time-out, which is the canary's fault, or as soon as enough of its answer has been seen, which is nobody's.</summary>
    public static void Bound(HttpContext copy, CancellationTokenSource timeout, CancellationTokenSource whole)
    {
        copy.Features.Set<IHttpRequestTimeoutFeature>(new Limit(timeout.Token));
        copy.RequestAborted = whole.Token;
        copy.Response.Body = new ShadowSink(copy, whole);
    }

    private sealed class Limit(CancellationToken token) : IHttpRequestTimeoutFeature
    {
        public CancellationToken RequestTimeoutToken => token;

        public void DisableTimeout()
        {
        }
    }
}
