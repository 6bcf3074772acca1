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
    private bool _streams;
    private bool _complete;
    private long _bytes;
    private volatile bool _uploadBroken;
    private volatile bool _armsTurn;
    private bool _saidGoodbye;
    private TimeSpan _armSpoke;

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
            Join();
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
        var isCall = GrpcStatus.Is(head, _context.Request);
        _isGrpc = isCall && !GrpcStatus.IsWeb(head);
        _isEndless = AnswerRules.IsEndless(head);
        _armSpoke = now;
        var passes = AnswerRules.CanBeForwarded(head);
        if (!passes || AnswerRules.IsFailure(head))
        {
            Tell(Outcome.Failure, now);
        }
        else if (isCall && _grpcStatus is not null)
        {
            Hear(_grpcStatus, now);
        }

        MeasureHeaders(now, failed: _told);
        if (_isEndless && Outcome != Outcome.Failure && Pick.Arm == Arm.Canary && !_streams)
        {
            _streams = true;
            Generation.Streams(1);
        }

        return passes;
    }

    /// <summary>After the headers, and after what they decide was decided.</summary>
    /// <returns>True if stable answers instead: nothing of this response is to leave.</returns>
    public bool TryShield() => Shield is { } shield && ((Outcome == Outcome.Failure && shield.Catch(Now)) || !shield.TryAnswer());

    /// <summary>The body broke where the arm was read, or it ran out of time there; nothing of it has reached the client yet.</summary>
    /// <param name="canceled">By a time-out, or because the client has left.</param>
    public void OnBodyBroken(Exception exception, bool canceled)
    {
        // An HTTP/2 arm may answer during the upload: a client that breaks the one breaks their stream, and the other with it.
        var now = Now;
        var isClients = _uploadBroken || HasTriedPatience(now) || IsOfNeighbours(exception, now);
        Tell(canceled ? WhyCanceled() : isClients ? Outcome.Neutral : Outcome.Failure, now);
    }

    /// <summary>The arm said this over an upgraded connection.</summary>
    public void OnTunnelled(ReadOnlySpan<byte> said)
    {
        if (said.IsEmpty)
        {
            // Asked whether there is something; a reset is.
            return;
        }

        _bytes += said.Length;
        (_armsTurn, _armSpoke, _saidGoodbye) = (false, Now, CloseFrame.Ends(said));
    }

    /// <summary>The client said something over an upgraded connection.</summary>
    public void OnTunnelAsked() => _armsTurn = true;

    /// <summary>More or fewer bytes than were promised, or some where there may be none.</summary>
    public void OnBodyWrong() => Tell(Outcome.Failure, Now);

    /// <summary>Its trailers must say how the call ended.</summary>
    public bool AwaitsGrpcStatus => _isGrpc && _grpcStatus is null;

    /// <summary>The whole response is there.</summary>
    /// <param name="grpcStatus">Of its trailers; null where there is none.</param>
    public void OnTrailers(string? grpcStatus)
    {
        _complete = true;
        if (AwaitsGrpcStatus)
        {
            Hear(grpcStatus, Now);
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
            if (_streams)
            {
                Generation.Streams(-1);
            }

            Part(now);
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

    private void Tell(Outcome outcome, TimeSpan now)
    {
        if (!_told)
        {
            _told = true;
            _outcome = outcome;
            Generation.Observe(Pick, outcome, now, this);
        }
    }
}
