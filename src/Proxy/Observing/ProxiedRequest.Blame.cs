using Snapback.Control.Analysis;
using Snapback.Proxy.Forwarding;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Observing;

/// <summary>Who is to blame, the arm or the client, where neither the forwarder's error nor the status tells.</summary>
internal sealed partial class ProxiedRequest
{
    /// <summary>The forwarder's error, corrected where it takes one side for the other; sets the status that belongs to it.</summary>
    private ForwarderError Corrected(ForwarderError error, TimeSpan now)
    {
        if (_complete)
        {
            // An upload that fails after the whole answer is no failure: an arm may answer without reading the body to its end.
            return ForwarderError.None;
        }

        if (!_told
            && Volatile.Read(ref _clock) == AnsweredBefore
            && error is ForwarderError.RequestBodyDestination or ForwarderError.RequestBodyClient)
        {
            // An arm that has answered may stop the upload. YARP names that, but what broke is the writing to the client: a read would have told.
            error = ForwarderError.ResponseBodyCanceled;
        }

        var exception = _context.Features.Find<IForwarderErrorFeature>()?.Exception;
        // When the arm resets an HTTP/2 stream, the upload is stopped, and YARP reports the client's body as broken.
        var isArmsReset = error == ForwarderError.RequestBodyClient
            && !_uploadBroken
            && _context.Response.StatusCode != StatusCodes.Status408RequestTimeout
            && (Outcome == Outcome.Failure || OutcomeClassifier.IsStoppedByArm(exception, _context.RequestAborted.IsCancellationRequested));
        if (ClientsStatus(isArmsReset ? ForwarderError.RequestBodyDestination : error, exception, now) is { } status)
        {
            if (!_context.Response.HasStarted)
            {
                _context.Response.StatusCode = status;
            }

            return ForwarderError.RequestBodyClient;
        }

        if (error != ForwarderError.None && !_context.Response.HasStarted)
        {
            // YARP takes the route's time-out, and a rollback that ended the attempt, for a client that left, and sets 400.
            _context.Response.StatusCode = HasTimedOut || Shield is { IsTakenBack: true } || Recall is { HasCut: true }
                ? ArmTookTheTime(now) ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status408RequestTimeout
                : isArmsReset ? StatusCodes.Status502BadGateway
                // The client left between the head and the first byte: not 502, which the forwarder sets, but as if it had left before the head.
                : error == ForwarderError.ResponseBodyCanceled && _context.RequestAborted.IsCancellationRequested ? StatusCodes.Status400BadRequest
                : _context.Response.StatusCode;
        }

        return isArmsReset ? ForwarderError.RequestBodyDestination : error;
    }

    /// <summary>The status for an error that the forwarder charges to the arm and that the client may have caused; null for all others.</summary>
    private int? ClientsStatus(ForwarderError error, Exception? exception, TimeSpan now) => error switch
    {
        ForwarderError.Request when OutcomeClassifier.IsUnsendable(exception) => StatusCodes.Status400BadRequest,
        ForwarderError.Request or ForwarderError.RequestBodyDestination when HasTriedPatience(now) => StatusCodes.Status408RequestTimeout,
        ForwarderError.Request or ForwarderError.RequestBodyDestination or ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination
            when IsOfNeighbours(exception, now) => _isOdd ? StatusCodes.Status400BadRequest : _context.Response.StatusCode,
        // Over HTTP/2 upload and answer are waited for at the same time, and the activity time-out may hit either wait first.
        ForwarderError.RequestTimedOut when IsUploadAwaited => StatusCodes.Status408RequestTimeout,
        // A server closes a tunnel whose client breaks the protocol or answers no ping. With bytes unread, the close arrives as a reset.
        ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination
            when _armsTurn || _saidGoodbye || now - _armSpoke >= ArmsPatience => _context.Response.StatusCode,
        _ => null,
    };

    /// <summary>Judges a gRPC call by its status.</summary>
    private void Hear(string? grpcStatus, TimeSpan now)
    {
        if (GrpcStatus.Of(grpcStatus) is not { } code || GrpcStatus.IsFailure(code))
        {
            // The server sees a part of the client's deadline only: some of it is spent on the way, and some servers subtract a reserve.
            var isClients = GrpcStatus.Of(grpcStatus) == GrpcStatus.TooLate
                && GrpcStatus.TimeoutOf(_context.Request) is { } given
                && now - _picked >= given * (1 - OthersShare);
            Tell(isClients ? Outcome.Neutral : Outcome.Failure, now);
        }
    }

    /// <summary>A time-out during which this process stalled: the arm may have answered in time.</summary>
    private bool IsOwnStall(ForwarderError error, TimeSpan now) => WasStalled(now) && (error == ForwarderError.RequestTimedOut || HasTimedOut);

    /// <summary>No connection could be opened, to whichever arm.</summary>
    private bool IsOwnShortage(ForwarderError error)
    {
        if (error != ForwarderError.Request || !OwnShortage.Is(_context.Features.Find<IForwarderErrorFeature>()?.Exception))
        {
            return false;
        }

        Shortage.Tell();
        return true;
    }

    /// <summary>Whom a cancelled read of the body is charged to. An endless stream may be silent for longer than any time-out; a body may not.</summary>
    private Outcome WhyCanceled()
    {
        var now = Now;
        var isArms = HasTimedOut ? ArmTookTheTime(now) : !_isEndless && !IsUploadAwaited && !_context.RequestAborted.IsCancellationRequested;
        return isArms && !WasStalled(now) ? Outcome.Failure : Outcome.Neutral;
    }

    /// <summary>True if the client took no considerable part of the time before a route's time-out.</summary>
    private bool ArmTookTheTime(TimeSpan now) => !_isEndless && !IsUploadAwaited && ClientsTime(now) < (now - _picked) * OthersShare;
}
