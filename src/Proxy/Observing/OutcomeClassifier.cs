using Snapback.Control.Analysis;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Observing;

/// <summary>What an ended request says about its arm, from the forwarder's error and the status together.</summary>
internal static class OutcomeClassifier
{
    /// <summary>What SocketsHttpHandler says where its last try met the arm's GOAWAY before it was sent.</summary>
    private const string ArmHasEnded = "The server shut down the connection.";

    /// <summary>500 and above, not only 5xx: an upstream may send 600 or 999, and that is no fault of its client.</summary>
    public static bool IsFailure(int status) => status >= 500;

    /// <summary>
    /// SocketsHttpHandler refused to send the request: its headers exceed the arm's SETTINGS_MAX_HEADER_LIST_SIZE, or it is a WebSocket and the
    /// arm supports none over HTTP/2. A failure of the network or the arm has an error kind or an inner exception instead, but for one that only
    /// its wording tells.
    /// </summary>
    public static bool IsUnsendable(Exception? exception) => exception is
        HttpRequestException { HttpRequestError: HttpRequestError.ExtendedConnectNotSupported }
        or HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: null, Message: not ArmHasEnded };

    /// <summary>The arm had ended the HTTP/2 connection before the request was sent on it, at the last try too.</summary>
    public static bool IsOfEndedConnection(Exception exception) => exception is HttpRequestException { InnerException: null, Message: ArmHasEnded };

    /// <summary>
    /// An upload that an HTTP/2 arm's reset has stopped: the first exception is of the read of the client's body. Beside it stands the request that
    /// was lost, or, where the sending of the body noticed before the wait for the answer did, only that it was cancelled.
    /// </summary>
    /// <param name="exception">As YARP reports it with <see cref="ForwarderError.RequestBodyClient"/>.</param>
    /// <param name="clientLeft">Then it may be the client that cancelled both.</param>
    public static bool IsStoppedByArm(Exception? exception, bool clientLeft) => exception is AggregateException { InnerExceptions: [_, var sending] }
        && (sending is HttpRequestException || (sending is OperationCanceledException && !clientLeft));

    /// <param name="error">What the forwarder reports; None when it forwarded a whole response.</param>
    /// <param name="status">The status the client gets.</param>
    /// <param name="routeTimedOut">The route's own time-out ended it: the forwarder cannot tell that from a client that left.</param>
    public static Outcome Of(ForwarderError error, int status, bool routeTimedOut) => error switch
    {
        ForwarderError.None => IsFailure(status) ? Outcome.Failure : Outcome.Success,

        ForwarderError.Request or
        ForwarderError.RequestTimedOut or
        ForwarderError.RequestBodyDestination or
        ForwarderError.ResponseHeaders or
        ForwarderError.ResponseBodyDestination or
        ForwarderError.UpgradeRequestDestination or
        ForwarderError.UpgradeResponseDestination or
        ForwarderError.NoAvailableDestinations => Outcome.Failure,

        ForwarderError.RequestCanceled or
        ForwarderError.RequestBodyCanceled or
        ForwarderError.ResponseBodyCanceled or
        ForwarderError.UpgradeRequestCanceled or
        ForwarderError.UpgradeResponseCanceled => routeTimedOut ? Outcome.Failure : Outcome.Neutral,

        // The client's side of the wire, an idle upgrade, or a request no arm could have been sent.
        _ => Outcome.Neutral,
    };
}
