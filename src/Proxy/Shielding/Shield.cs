using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Observing;
using Snapback.Proxy.Splitting;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Shielding;

/// <summary>
/// Stands between one user and the canary: if it fails before any byte of an answer went out, stable answers within the same
/// request. The failure is the canary's all the same, and is judged before stable is asked.
/// </summary>
#pragma warning disable CA1001 // The body is Kestrel's, or wraps Kestrel's.
internal sealed class Shield
#pragma warning restore CA1001
{
    public const string Header = "x-snapback-shielded";

    private const string IdempotencyKey = "Idempotency-Key";

    private readonly Generation _generation;
    private readonly bool _tellsUser;
    private readonly bool _isIdempotent;
    private readonly Stream? _body;
    private bool _asked;

    private Shield(HttpContext context, ArmTarget stable, Generation generation, ShieldTerms terms)
    {
        Stable = stable;
        _generation = generation;
        _tellsUser = terms.Header;
        _isIdempotent = IsIdempotent(context.Request, terms);
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } && context.Request.ContentLength is not 0)
        {
            _body = context.Request.Body;
            if (_isIdempotent)
            {
                context.Request.Body = _body = new ReplayableBody(_body, terms.MaxBody);
            }
        }
    }

    public ArmTarget Stable { get; }

    /// <summary>The pick of the replay; null while there is nothing to replay.</summary>
    public Pick? Replay { get; private set; }

    /// <summary>Null where the canary's answer goes to its user whatever it is.</summary>
    public static Shield? Over(HttpContext context, ArmRoute route, Generation generation) =>
        route.Shield is { } terms
        // A promoted canary is what users have; stable may be gone by now.
        && !generation.Word.Closed
        && route.Target(Arm.Stable, generation.Swapped) is { IsAvailable: true } stable
        && !IsConversation(context)
            ? new Shield(context, stable, generation, terms)
            : null;

    /// <summary>The canary's headers say that it failed, and none of them has left.</summary>
    /// <returns>True if stable will answer.</returns>
    public bool Catch(ProxiedRequest failed, TimeSpan now) => _isIdempotent && CanReplayBody && Take(failed, now);

    /// <summary>The attempt ended: without an answer, or with one that broke before its first byte left.</summary>
    public void CatchAtEnd(HttpContext context, ProxiedRequest attempt, TimeSpan now)
    {
        if (!_asked
            && attempt.Outcome == Outcome.Failure
            && !context.Response.HasStarted
            && !context.RequestAborted.IsCancellationRequested
            && ((_isIdempotent && CanReplayBody) || NothingWasSent(context)))
        {
            Take(attempt, now);
        }
    }

    /// <summary>Clean for a second attempt.</summary>
    public void Prepare(HttpContext context)
    {
        context.Response.Clear();
        context.Features.Set<IForwarderErrorFeature>(null);
        if (_body is not null)
        {
            (_body as ReplayableBody)?.Rewind();
            context.Request.Body = _body;
        }

        if (_tellsUser)
        {
            context.Response.Headers[Header] = "1";
        }
    }

    private bool CanReplayBody => _body is not ReplayableBody { CanReplay: false };

    private bool Take(ProxiedRequest failed, TimeSpan now)
    {
        _asked = true;
        Replay = _generation.PickReplay(failed.Pick, now);
        return Replay is not null;
    }

    private static bool IsIdempotent(HttpRequest request, ShieldTerms terms)
    {
        foreach (var method in terms.Methods)
        {
            if (HttpMethods.Equals(method, request.Method))
            {
                return true;
            }
        }

        return request.Headers.ContainsKey(IdempotencyKey);
    }

    /// <summary>An upgrade, a stream of messages, or a client that waits to be asked for its body: neither can be begun again.</summary>
    private static bool IsConversation(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true }
        || context.Request.Headers.ContainsKey(HeaderNames.Expect)
        || context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>
    /// The connection was never made, so that even a payment can be sent again. Not on HTTP/3, where a lost connection has the
    /// same error.
    /// </summary>
    private static bool NothingWasSent(HttpContext context) => context.Features.Get<IForwarderErrorFeature>() is { } error
        && (error.Error == ForwarderError.NoAvailableDestinations || error.Exception switch
        {
            HttpRequestException e => e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
            // The handler's word for a connect that took too long.
            OperationCanceledException { InnerException: TimeoutException } => true,
            _ => false,
        });
}
