using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Observing;
using Snapback.Proxy.Splitting;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Shielding;

/// <summary>
/// Stands between one user and the canary: if it fails before any byte of an answer went out, stable answers within the same
/// request. The failure is the canary's all the same, and is judged before stable is asked.
/// </summary>
internal sealed class Shield : IAsyncDisposable
{
    public const string Header = "x-snapback-shielded";

    private const string IdempotencyKey = "Idempotency-Key";

    private const int Waiting = 0;
    private const int Answered = 1;
    private const int GivenToStable = 2;

    private readonly Generation _generation;
    private readonly bool _tellsUser;
    private readonly bool _isIdempotent;
    private readonly Stream? _body;
    private bool _asked;
    private bool _replays;
    private volatile bool _hedged;

    /// <summary>
    /// Who has the user's response. The canary's good answer and stable's claim (after a rollback, or a won race) come on different threads,
    /// and the first has it.
    /// </summary>
    private int _state;

    private Shield(HttpContext context, ArmTarget stable, Generation generation, ShieldTerms terms)
    {
        Stable = stable;
        _generation = generation;
        _tellsUser = terms.Header;
        _isIdempotent = IsIdempotent(context.Request, terms);
        MayRace = _isIdempotent && SafeMethods.Has(context.Request.Method);
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } && context.Request.ContentLength is not 0)
        {
            MayRace = false;
            _body = context.Request.Body;
            if (_isIdempotent)
            {
                context.Request.Body = _body = new ReplayableBody(_body, terms.MaxBody);
            }
        }
    }

    public ArmTarget Stable { get; }

    /// <summary>A safe method (RFC 9110, 9.2.1) without a body: both arms may handle the request at the same time.</summary>
    public bool MayRace { get; }

    /// <summary>The canary's answer is the user's.</summary>
    public bool HasAnswered => Volatile.Read(ref _state) == Answered;

    /// <summary>Stable answers instead: the rollback took the request from a canary that was late, or stable won a race.</summary>
    public bool IsTakenBack => Volatile.Read(ref _state) == GivenToStable;

    /// <summary>Null where the canary's answer goes to its user whatever it is.</summary>
    public static Shield? Over(HttpContext context, ArmRoute route, Generation generation, Pick pick) =>
        route.Shield is { } terms
        // After a promotion the canary's version is what users have, and stable may be gone.
        && pick.OnTrial
        && route.Target(Arm.Stable, generation.Swapped) is { IsAvailable: true } stable
        && !IsConversation(context)
            ? new Shield(context, stable, generation, terms)
            : null;

    /// <summary>The canary's headers say that it failed, and none of them has left.</summary>
    /// <returns>True if stable will answer.</returns>
    public bool Catch(TimeSpan now) => IsTakenBack || (_isIdempotent && CanReplayBody && Take(now));

    /// <summary>The canary has an answer that is worth passing on.</summary>
    /// <returns>False if stable has been asked for one meanwhile.</returns>
    public bool TryAnswer() => Interlocked.CompareExchange(ref _state, Answered, Waiting) != GivenToStable;

    /// <summary>The canary is past the latency limit.</summary>
    /// <returns>True if stable may be asked beside it.</returns>
    public bool TryHedge(TimeSpan now) => !HasAnswered && !IsTakenBack && (_hedged = _generation.TryReplay(now));

    /// <summary>Stable has an answer while the canary has none.</summary>
    /// <returns>False if the canary was first.</returns>
    public bool TryTakeOver() => Interlocked.CompareExchange(ref _state, GivenToStable, Waiting) == Waiting;

    /// <summary>It still waits for an answer, and stable could give one. A hedged request has been sent to stable already.</summary>
    public bool MayTakeBack => !_hedged && _isIdempotent && CanReplayBody && Volatile.Read(ref _state) == Waiting;

    /// <summary>The canary was rolled back while this request still waits for its answer.</summary>
    /// <returns>True if stable will answer as soon as the canary's attempt has been ended.</returns>
    public bool TakeBack(TimeSpan now) =>
        MayTakeBack
            && _generation.TryReplay(now)
            && Interlocked.CompareExchange(ref _state, GivenToStable, Waiting) == Waiting;

    /// <summary>The attempt was ended because the drain time is over, perhaps between the head of its answer and the first byte.</summary>
    /// <returns>True if nothing has left, and stable will answer.</returns>
    public bool CatchCut(HttpContext context, TimeSpan now) =>
        !context.Response.HasStarted && !_asked && _isIdempotent && CanReplayBody && Take(now);

    /// <summary>The attempt ended: perhaps without an answer, or with one that broke before its first byte left.</summary>
    /// <returns>True if stable is to answer.</returns>
    public bool IsToReplay(HttpContext context, Outcome outcome, TimeSpan now) =>
        !context.Response.HasStarted
        && !context.RequestAborted.IsCancellationRequested
        && (_replays
            || (IsTakenBack && CanReplayBody)
            || (!_asked
                && (outcome == Outcome.Failure || HasBroken(context))
                && ((_isIdempotent && CanReplayBody) || NothingWasSent(context))
                && Take(now)));

    /// <summary>Clears what the canary's attempt left on the response, and rewinds the request body.</summary>
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

    /// <summary>The request is over: nothing reads its body any more.</summary>
    public ValueTask DisposeAsync() => _body is ReplayableBody body ? body.DisposeAsync() : default;

    /// <summary>
    /// Failed for the user, even where the judge took it as neutral because this process had stalled or another client had ended the
    /// shared connection.
    /// </summary>
    private static bool HasBroken(HttpContext context) =>
        context.Features.Get<IForwarderErrorFeature>()?.Error == ForwarderError.RequestTimedOut
        || context.Response.StatusCode == StatusCodes.Status502BadGateway;

    private bool CanReplayBody => _body is not ReplayableBody { CanReplay: false };

    private bool Take(TimeSpan now)
    {
        _asked = true;
        return _replays = _hedged || _generation.TryReplay(now);
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

        // A service that looks for the key would take an empty one as none.
        return !StringValues.IsNullOrEmpty(request.Headers[IdempotencyKey]);
    }

    /// <summary>An upgrade, a gRPC call, or a client that waits for 100 Continue: none of these can be sent a second time.</summary>
    internal static bool IsConversation(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true }
        || context.Request.Headers.ContainsKey(HeaderNames.Expect)
        || GrpcStatus.Speaks(context.Request.ContentType);

    private static bool NothingWasSent(HttpContext context) => context.Features.Get<IForwarderErrorFeature>() is { } error
        && (error.Error == ForwarderError.NoAvailableDestinations || Unsent.Is(error));
}
