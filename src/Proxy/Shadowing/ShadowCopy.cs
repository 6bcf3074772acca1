using Microsoft.AspNetCore.Http.Timeouts;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Shadowing;

/// <summary>
/// The copy of a request: its head without credentials. It goes through the same pipeline as its original.
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

    /// <summary>Ends the copy at its time-out, which is charged to the canary, or once enough of its answer has been seen, which is not.</summary>
    /// <param name="timeout">Cancelled by the plan's time-out for copies.</param>
    /// <param name="whole">Ends the copy for either reason.</param>
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
