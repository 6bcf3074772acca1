using Microsoft.AspNetCore.Http.Timeouts;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Shadowing;
using Snapback.Proxy.Shielding;
using Snapback.Proxy.Splitting;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Observing;

/// <summary>
/// One request on its way through an arm: everything it shows is folded here into exactly one outcome and at most one latency.
/// Bad news is told as soon as it is known and before the client can know it: with the response headers, with the read that
/// broke the body, with the trailers. Good news is told at the end.
/// </summary>
internal sealed partial class ProxiedRequest
{
    /// <summary>
    /// A client that took nothing for so long may be why the arm hung up: servers give a peer that does not read 5 s (Kestrel)
    /// to 60 s (nginx), and cannot know that it is not the proxy.
    /// </summary>
    private static readonly TimeSpan ArmsPatience = TimeSpan.FromSeconds(5);

    /// <summary>Of the time of a request that ran out of it: what the client, or this process, took below this did not slow it down.</summary>
    private const double OthersShare = 0.25;

    private readonly HttpContext _context;
    private readonly LiveRollout _rollout;
    private readonly TimeProvider _time;
    private readonly TimeSpan _picked;
    private bool _told;
    private Outcome _outcome;
    private bool _isGrpc;
    private string? _grpcStatus;
    private bool _isEndless;
    private bool _complete;
    private long _bytes;
    private volatile bool _uploadBroken;

    public ProxiedRequest(
        HttpContext context,
        LiveRollout rollout,
        Generation generation,
        Pick pick,
        ArmTarget? target,
        TimeSpan now,
        bool measuresTotal,
        bool uploads,
        TimeProvider time)
    {
        _context = context;
        _rollout = rollout;
        _time = time;
        _measuresTotal = measuresTotal;
        Generation = generation;
        Pick = pick;
        _picked = now;
        Uploads = uploads;
        if (target is not null)
        {
            Aim(target);
        }

        if (uploads)
        {
            context.Request.Body = new UploadWatch(context.Request.Body, this);
        }
        else
        {
            Sent(_picked);
        }
    }

    /// <summary>The client sends a body.</summary>
    public bool Uploads { get; }

    public Generation Generation { get; }

    public Pick Pick { get; }

    /// <summary>Null where a failure is its user's to see.</summary>
    public Shield? Shield { get; init; }

    /// <summary>Null where no rollback ends the attempt.</summary>
    public Recall? Recall { get; init; }

    /// <summary>Stable's attempt in a race with the canary; null for every other.</summary>
    public Hedge? Hedge { get; init; }

    /// <summary>Null where the answer is not compared.</summary>
    public AnswerWitness? Witness { get; init; }

    /// <summary>What was told of it; nothing yet is neutral.</summary>
    public Outcome Outcome => _told ? _outcome : Outcome.Neutral;

    /// <summary>The route's own time-out ended it.</summary>
    private bool HasTimedOut => _context.Features.Find<IHttpRequestTimeoutFeature>() is { RequestTimeoutToken.IsCancellationRequested: true };

    private TimeSpan Now => _time.GetElapsedTime(0);

    /// <returns>False for a response that no client may get.</returns>
    public bool OnHeaders(in AnswerHead head)
    {
        Interlocked.CompareExchange(ref _clock, AnsweredBefore, Uploading);
        var now = Now;
        _grpcStatus = head.GrpcStatus;
        // A HEAD has no trailers to say it in, and any client may ask one.
        _isGrpc = GrpcStatus.Is(head) && !HttpMethods.IsHead(_context.Request.Method);
        _isEndless = AnswerRules.IsEndless(head);
        var passes = AnswerRules.CanBeForwarded(head);
        var failed = !passes || AnswerRules.IsFailure(head);
        if (failed)
        {
            Tell(Outcome.Failure, now);
        }

        MeasureHeaders(now, failed);
        return passes;
    }

    /// <summary>After the headers, and after what they decide was decided.</summary>
    /// <returns>True if stable answers instead: nothing of this response is to leave.</returns>
    public bool TryShield() => Shield is { } shield && ((Outcome == Outcome.Failure && shield.Catch(Now)) || !shield.TryAnswer());

    /// <summary>The body broke where the arm was read, or it ran out of time there; nothing of it has reached the client yet.</summary>
    /// <param name="canceled">By a time-out, or because the client has left.</param>
    public void OnBodyBroken(bool canceled)
    {
        // An HTTP/2 arm may answer during the upload: a client that breaks the one breaks their stream, and the other with it.
        var isClients = _uploadBroken || _longestHold >= ArmsPatience;
        Tell(canceled ? WhyCanceled() : isClients ? Outcome.Neutral : Outcome.Failure, Now);
    }

    /// <summary>The arm said so much over an upgraded connection.</summary>
    public void OnTunnelled(int bytes) => _bytes += bytes;

    /// <summary>More or fewer bytes than were promised, or some where there may be none.</summary>
    public void OnBodyWrong() => Tell(Outcome.Failure, Now);

    /// <summary>Its trailers must say how the call ended.</summary>
    public bool AwaitsGrpcStatus => _isGrpc && _grpcStatus is null;

    /// <summary>The whole response is there.</summary>
    /// <param name="grpcStatus">Of its trailers; null where there is none.</param>
    public void OnTrailers(string? grpcStatus)
    {
        _complete = true;
        if (AwaitsGrpcStatus && GrpcStatus.Of(grpcStatus) is var code && (code is null || GrpcStatus.IsFailure(code.Value)))
        {
            Tell(Outcome.Failure, Now);
        }
    }

    /// <summary>So much of the answer is good that the rest need not be waited for.</summary>
    public void OnEnough() => Tell(Outcome.Success, Now);

    /// <summary>The client's own body broke, by itself.</summary>
    public void OnUploadBroken() => _uploadBroken = true;

    /// <summary>The arm's trailers are none that could be passed on.</summary>
    public void OnTrailersWrong() => Tell(Outcome.Failure, Now);

    /// <summary>The request has ended; the last call.</summary>
    public void OnEnd(ForwarderError error)
    {
        var now = Now;
        error = Corrected(error, now);
        var status = _context.Response.StatusCode;
        try
        {
            Tell(
                IsOwnStall(error, now)
                    ? Outcome.Neutral
                    : OutcomeClassifier.Of(error, status, error != ForwarderError.None && HasTimedOut && ArmTookTheTime(now)),
                now);
            MeasureEnd(now, isAnswer: _outcome == Outcome.Success);
        }
        finally
        {
            // Whatever went wrong with the judging: a place in flight that is not given back is lost for the whole generation.
            Generation.Leave(Pick.Arm);
        }

        Witness?.OnEnd(_complete);
        if (Pick.IsCopy)
        {
            Generation.Copies.Count(
                _outcome switch { Outcome.Success => ShadowEvent.Good, Outcome.Failure => ShadowEvent.Failed, _ => ShadowEvent.Unjudged });
        }
        else if (Hedge is not { HasWon: false })
        {
            // Of a race only the winner has answered.
            if (Pick is { Arm: Arm.Canary, Forced: false })
            {
                Generation.Exposure.Count(Pick.Client != 0 ? Pick.Client : ClientAddress.Hash(_context.Connection.RemoteIpAddress), _bytes, now);
            }

            _rollout.Traffic(Pick.Arm).Count(_context.Request.Method, status, Pick.IsReplay ? null : now - _picked);
        }

        if (Pick.IsEvidence)
        {
            // A recording is what the judge saw.
            _rollout.Taps.Tell(new OutcomeLine(now, Pick.Arm, _outcome, _latency, status, Pick.Weight));
        }
    }

    /// <summary>The forwarder's word where it takes one side for the other, with the status that belongs to it.</summary>
    private ForwarderError Corrected(ForwarderError error, TimeSpan now)
    {
        if (_complete)
        {
            // What befalls the upload after a whole answer is no news: the arm may well answer without reading to the end.
            return ForwarderError.None;
        }

        if (error == ForwarderError.RequestTimedOut && IsUploadAwaited)
        {
            // Over HTTP/2 the upload and the answer are waited for side by side, and either wait may be the one that the time-out ends first.
            _context.Response.StatusCode = StatusCodes.Status408RequestTimeout;
            return ForwarderError.RequestBodyClient;
        }

        // HTTP/2 stops the upload when the arm resets the stream, and the forwarder finds the client's body broken.
        var isArmsReset = error == ForwarderError.RequestBodyClient
            && !_uploadBroken
            && _context.Response.StatusCode != StatusCodes.Status408RequestTimeout
            && (Outcome == Outcome.Failure
                || _context.Features.Find<IForwarderErrorFeature>()?.Exception is AggregateException { InnerExceptions: [_, HttpRequestException] });
        if (error != ForwarderError.None && !_context.Response.HasStarted)
        {
            // It takes the route's time-out, a rollback's call and its cut for a client that left, and says 400.
            _context.Response.StatusCode = HasTimedOut || Shield is { IsTakenBack: true } || Recall is { HasCut: true }
                ? ArmTookTheTime(now) ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status408RequestTimeout
                : isArmsReset ? StatusCodes.Status502BadGateway : _context.Response.StatusCode;
        }

        return isArmsReset ? ForwarderError.RequestBodyDestination : error;
    }

    /// <summary>A time-out that this process may have made itself.</summary>
    private bool IsOwnStall(ForwarderError error, TimeSpan now) => WasStalled(now) && (error == ForwarderError.RequestTimedOut || HasTimedOut);

    private void Tell(Outcome outcome, TimeSpan now)
    {
        if (!_told)
        {
            _told = true;
            _outcome = outcome;
            Generation.Observe(Pick, outcome, now, this);
        }
    }

    /// <summary>A stream may be silent for longer than any time-out; a body that was begun may not.</summary>
    private Outcome WhyCanceled()
    {
        var now = Now;
        var isArms = HasTimedOut ? ArmTookTheTime(now) : !_isEndless && !IsUploadAwaited && !_context.RequestAborted.IsCancellationRequested;
        return isArms && !WasStalled(now) ? Outcome.Failure : Outcome.Neutral;
    }

    /// <summary>Of a route's time-out: the client had no part in it worth naming.</summary>
    private bool ArmTookTheTime(TimeSpan now) => !_isEndless && !IsUploadAwaited && ClientsTime(now) < (now - _picked) * OthersShare;
}
