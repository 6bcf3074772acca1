using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Observing;

/// <summary>
/// One request on its way through an arm: everything it shows is folded here into exactly one outcome and at most one latency.
/// Bad news is told as soon as it is known, which is before the response's headers leave; good news at the end.
/// </summary>
internal sealed class ProxiedRequest
{
    private const int Uploading = 0;
    private const int UploadEnded = 1;
    private const int AnsweredBefore = 2;

    private readonly LiveRollout _rollout;
    private readonly TimeProvider _time;
    private readonly TimeSpan _picked;
    private readonly bool _measuresTotal;
    private TimeSpan _sent;
    private volatile LatencyTicket? _ticket;
    private bool _told;
    private Outcome _outcome;
    private TimeSpan? _latency;

    /// <summary>Which came first, the upload's end or the answer: they are on different threads, and only one may start the clock.</summary>
    private int _upload;

    private bool _isGrpc;
    private bool _measuresEnd;

    public ProxiedRequest(LiveRollout rollout, Generation generation, Pick pick, TimeSpan now, bool measuresTotal, bool uploads, TimeProvider time)
    {
        _rollout = rollout;
        _time = time;
        _measuresTotal = measuresTotal;
        Generation = generation;
        Pick = pick;
        _picked = now;
        if (!uploads)
        {
            Sent(_picked);
        }
    }

    public Generation Generation { get; }

    public Pick Pick { get; }

    private TimeSpan Now => _time.GetElapsedTime(0);

    /// <summary>An answer that came before the upload's end has no latency to measure.</summary>
    public void OnUploaded()
    {
        if (Interlocked.CompareExchange(ref _upload, UploadEnded, Uploading) == Uploading)
        {
            Sent(Now);
        }
    }

    public void OnHeaders(HttpResponseMessage response)
    {
        Interlocked.CompareExchange(ref _upload, AnsweredBefore, Uploading);
        var now = Now;
        var status = (int)response.StatusCode;
        _isGrpc = GrpcStatus.Is(response);
        var failed = OutcomeClassifier.IsFailure(status) || (_isGrpc && GrpcStatus.Of(response.Headers) is { } code && GrpcStatus.IsFailure(code));
        if (failed)
        {
            Tell(Outcome.Failure, now);
        }

        _measuresEnd = _measuresTotal && !IsEndless(response);
        if (!_measuresEnd || failed)
        {
            Measure(now, isAnswer: !failed);
        }
    }

    public void OnTrailers(HttpResponseMessage response)
    {
        if (_isGrpc && GrpcStatus.Of(response.Headers) is null && GrpcStatus.Of(response.TrailingHeaders) is var code && (code is null || GrpcStatus.IsFailure(code.Value)))
        {
            Tell(Outcome.Failure, Now);
        }
    }

    /// <summary>The request has ended; the last call.</summary>
    public void OnEnd(ForwarderError error, string method, int status, bool routeTimedOut)
    {
        var now = Now;
        var outcome = OutcomeClassifier.Of(error, status, routeTimedOut);
        try
        {
            Tell(outcome, now);
            Measure(now, isAnswer: outcome == Outcome.Success);
        }
        finally
        {
            // Whatever went wrong with the judging: a place in flight that is not given back is lost for the whole generation.
            Generation.Leave(Pick.Arm);
        }

        _rollout.Traffic(Pick.Arm).Count(method, status, now - _picked);
        _rollout.Taps.Tell(new OutcomeLine(now, Pick.Arm, _outcome, _latency, status, Pick.Weight));
    }

    private void Tell(Outcome outcome, TimeSpan now)
    {
        if (!_told)
        {
            _told = true;
            _outcome = outcome;
            Generation.Observe(Pick, outcome, now);
        }
    }

    private void Sent(TimeSpan now)
    {
        _sent = now;
        _ticket = Generation.Dispatch(Pick, now);
    }

    /// <summary>
    /// The arm's time, once. A failure is no latency: it is judged as an error, and fast ones would flatter the p95. Past the
    /// limit it counts as slow all the same, as does a client that gave up waiting: it had to wait.
    /// </summary>
    private void Measure(TimeSpan now, bool isAnswer)
    {
        if (_sent == TimeSpan.Zero)
        {
            return;
        }

        if (isAnswer)
        {
            _latency = now - _sent;
            Generation.Measured(Pick, now - _sent, now);
        }

        if (_ticket is { } ticket)
        {
            if (isAnswer)
            {
                Generation.Answered(ticket, now);
            }
            else
            {
                Generation.Excused(ticket, now);
            }
        }

        _sent = TimeSpan.Zero;
    }

    /// <summary>Its length is the conversation's, not the arm's: only the time to its start says something.</summary>
    private static bool IsEndless(HttpResponseMessage response) =>
        (int)response.StatusCode == StatusCodes.Status101SwitchingProtocols
        || response.Content.Headers.ContentType?.MediaType?.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase) == true
        || GrpcStatus.Is(response);
}
