using Microsoft.AspNetCore.Http.Timeouts;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Shadowing;
using Snapback.Proxy.Shielding;
using Snapback.Proxy.Splitting;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Observing;

/// <summary>
/// One request on its way through an arm: everything it shows is folded here into exactly one outcome and at most one latency.
/// Bad news is told as soon as it is known and before the client can know it: with the response headers, with the read that
/// broke the body, with the trailers. Good news is told at the end.
/// </summary>
internal sealed partial class ProxiedRequest
{
    /// <summary>The shortest time after which a server hangs up on a silent peer: Kestrel's minimum data rate allows 5 s of grace.</summary>
    private static readonly TimeSpan ArmsPatience = TimeSpan.FromSeconds(5);

    /// <summary>A share of a request's time. A time-out is the arm's only if the client, or a stall of this process, took less of it than this.</summary>
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
    private bool _headLeaves;
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
        if (IsExposure)
        {
            generation.Exposure.Meet(pick.Client != 0 ? pick.Client : ClientAddress.Hash(context.Connection.RemoteIpAddress), now);
        }

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

    /// <summary>The request may have a body.</summary>
    public bool Uploads { get; }

    public Generation Generation { get; }

    public Pick Pick { get; }

    /// <summary>Told of connections that could not be opened. Not looked up where it is needed: a copy's context has no services.</summary>
    public required OwnShortage Shortage { private get; init; }

    /// <summary>Null where the user gets the arm's answer whatever it is.</summary>
    public Shield? Shield { get; init; }

    /// <summary>Null for stable's requests, which no rollback ends.</summary>
    public Recall? Recall { get; init; }

    /// <summary>Stable's attempt in a race with the canary; null for every other.</summary>
    public Hedge? Hedge { get; init; }

    /// <summary>Null where the answer is not compared with the other arm's.</summary>
    public AnswerWitness? Witness { get; init; }

    /// <summary>What was observed of the request; neutral before anything was.</summary>
    public Outcome Outcome => _told ? _outcome : Outcome.Neutral;

    /// <summary>Picked before the rollback. Unless the canary has it already, nobody of it is to get it any more.</summary>
    public bool IsForRolledBackCanary => Pick.Arm == Arm.Canary && Generation.RolledBack.IsCancellationRequested;

    /// <summary>The route's time-out has passed.</summary>
    private bool HasTimedOut => _context.Features.Find<IHttpRequestTimeoutFeature>() is { RequestTimeoutToken.IsCancellationRequested: true };

    /// <summary>A user meets the canary: no copy of a request does, and no tester.</summary>
    private bool IsExposure => Pick is { Arm: Arm.Canary, Forced: false, IsCopy: false };

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
            Generation.CountStreams(1);
        }

        return passes;
    }

    /// <summary>To be asked after <see cref="OnHeaders"/>, by which the response has been judged.</summary>
    /// <returns>True if stable answers instead: nothing of this response is to leave.</returns>
    public bool TryShield() => Shield is { } shield && ((Outcome == Outcome.Failure && shield.Catch(Now)) || !shield.TryAnswer());

    /// <summary>The answer is a stream of which nothing has left yet.</summary>
    public bool HoldsStreamsHead => _isEndless && !_headLeaves && !_context.Response.HasStarted;

    /// <param name="reading">The read of the stream's first bytes.</param>
    public Task<int> AwaitFirstAsync(Task<int> reading, CancellationToken cancellationToken)
    {
        _headLeaves = true;
        return EarlyHead.LeavesBeforeAsync(reading, _context, _time, cancellationToken);
    }

    /// <summary>A read of the arm's body failed or was cancelled, and the client does not know of it yet.</summary>
    /// <param name="canceled">Cancelled, by a time-out or because the client has left.</param>
    public void OnBodyBroken(Exception exception, bool canceled)
    {
        // An HTTP/2 arm may answer during the upload. A client that breaks off its upload resets the stream, and with it the answer.
        var now = Now;
        var isClients = _uploadBroken || HasTriedPatience(now) || IsOfNeighbours(exception, now);
        Tell(canceled ? WhyCanceled() : isClients ? Outcome.Neutral : Outcome.Failure, now);
        BrokenStream.Expect(_context);
    }

    /// <summary>The arm sent these bytes over an upgraded connection.</summary>
    public void OnTunnelled(ReadOnlySpan<byte> said)
    {
        if (said.IsEmpty)
        {
            // Nothing was read: the forwarder's read of no bytes, or the end of the stream.
            return;
        }

        _bytes += said.Length;
        (_armsTurn, _armSpoke, _saidGoodbye) = (false, Now, CloseFrame.Ends(said));
    }

    /// <summary>The client sent something over an upgraded connection: it is the arm's turn to answer.</summary>
    public void OnTunnelAsked() => _armsTurn = true;

    /// <summary>The client had ended its half of an upgraded connection, and the arm went on.</summary>
    public void OnTunnelLeft() => Tell(Outcome.Neutral, Now);

    /// <summary>The body has more or fewer bytes than its Content-Length, or some where the status allows none.</summary>
    public void OnBodyWrong()
    {
        Tell(Outcome.Failure, Now);
        BrokenStream.Expect(_context);
    }

    /// <summary>A gRPC call, whose trailers tell how it ended: clients go by them even if the head told something before.</summary>
    public bool AwaitsGrpcStatus => _isGrpc;

    /// <summary>The whole response has been read, its trailers included.</summary>
    /// <param name="grpcStatus">The grpc-status of its trailers; null without one.</param>
    public void OnTrailers(string? grpcStatus)
    {
        _complete = true;
        if (AwaitsGrpcStatus)
        {
            Hear(grpcStatus ?? _grpcStatus, Now);
        }
    }

    /// <summary>Enough of a copy's answer has been read to count it as good.</summary>
    public void OnEnough() => Tell(Outcome.Success, Now);

    /// <summary>A read of the client's body failed, and not because the request was cancelled.</summary>
    public void OnUploadBroken() => _uploadBroken = true;

    /// <summary>The arm's trailers cannot be passed on.</summary>
    public void OnTrailersWrong() => Tell(Outcome.Failure, Now);

    /// <summary>The attempt has ended. Called exactly once, and last.</summary>
    public void OnEnd(ForwarderError error)
    {
        var now = Now;
        error = Corrected(error, now);
        var status = _context.Response.StatusCode;
        try
        {
            Tell(
                IsOwnStall(error, now) || IsOwnShortage(error)
                    ? Outcome.Neutral
                    : OutcomeClassifier.Of(error, status, error != ForwarderError.None && HasTimedOut && ArmTookTheTime(now)),
                now);
            MeasureEnd(now, isAnswer: _outcome == Outcome.Success);
            if (Recall is { HasCut: true } && _outcome != Outcome.Success && Shield?.CatchCut(_context, now) != true)
            {
                Generation.Cut();
            }
        }
        finally
        {
            // Even if judging threw: a place in flight that is not given back is lost for the whole generation.
            if (_streams)
            {
                Generation.CountStreams(-1);
            }

            // Before it leaves: what a generation has counted is told for the last time when nothing is in flight any more.
            if (IsExposure)
            {
                Generation.Exposure.Part(_bytes, now);
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
            // A lost race gave its user no answer, so it is no traffic.
            _rollout.Traffic(Pick.Arm).Count(_context.Request.Method, status, Pick.IsReplay ? null : now - _picked);
        }

        if (Pick.IsEvidence)
        {
            // Only what the judge saw is recorded, so that a replay of the recording judges the same.
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
