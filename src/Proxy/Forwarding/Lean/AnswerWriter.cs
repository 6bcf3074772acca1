using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Snapback.Proxy.Observing;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>An upstream's answer on its way to the client, and what it shows of its arm on the way.</summary>
internal static class AnswerWriter
{
    /// <summary>Up to so many values of one name are joined one by one.</summary>
    private const int Few = 8;

    /// <exception cref="InvalidOperationException">A header that cannot be sent.</exception>
    public static void Copy(ResponseHead head, HttpResponse response)
    {
        response.StatusCode = head.Status;
        var headers = response.Headers;
        Dictionary<string, List<string?>>? many = null;
        for (var i = 0; i < head.Count; i++)
        {
            var line = head[i];
            switch (line.Kind)
            {
                case HeaderKind.Length:
                    // Kestrel answers 500 where a Content-Length is set and no body follows.
                    if (head.Coding is null && (!AnswerRules.IsBodiless(head.Status) || head.Status == StatusCodes.Status304NotModified))
                    {
                        response.ContentLength = head.Length;
                    }

                    break;
                case HeaderKind.Coding or HeaderKind.Connection or HeaderKind.KeepAlive or HeaderKind.Hop:
                    break;
                default:
                    Append(headers, line.Name, line.Value, ref many);
                    break;
            }
        }

        Join(headers, many);

        for (var i = 0; i < head.Count; i++)
        {
            if (head[i].Kind == HeaderKind.Connection)
            {
                HopByHop.RemoveNominated(head[i].Value, headers);
            }
        }
    }

    /// <summary>
    /// Copies the body. The head leaves with its first byte, a stream's a moment after it came, so that until then stable can still answer.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<ForwarderError> CopyAsync(
        LeanConnection connection, HttpContext context, ProxiedRequest? arm, CancellationToken token)
    {
        var body = connection.Body;
        var writer = context.Response.BodyWriter;
        var unflushed = false;
        var turn = default(Turn);
        // By what it was given in one write Kestrel allows a client its time. Of what is written and flushed apart it counts its own chunks only,
        // and a client that takes nothing for five seconds would be cut off, as its socket's buffer may well do on a slow line.
        var isWrittenAtOnce = !connection.Head.IsChunked || HttpProtocol.IsHttp10(context.Request.Protocol);
        while (!body.HasEnded)
        {
            if (!context.Response.HasStarted && body.IsAtContent && !connection.Unread.IsEmpty && !AnswerRules.IsBodiless(connection.Head.Status))
            {
                await context.Response.StartAsync(token);
            }

            int done, taken;
            try
            {
                done = Step(connection, out taken);
            }
            catch (HttpRequestException e)
            {
                return Broken(context, arm, e, canceled: false);
            }

            if (taken > 0)
            {
                if (AnswerRules.IsBodiless(connection.Head.Status))
                {
                    // The bytes are dropped, and the connection is closed.
                    arm?.OnBodyWrong();
                    return ForwarderError.None;
                }

                arm?.OnBodyHandedOver(taken);
                var content = connection.UnreadMemory[..taken];
                if (isWrittenAtOnce)
                {
                    connection.Pause();
                    if (await SendAsync(context, writer, content, token) is var sent and not ForwarderError.None)
                    {
                        return sent;
                    }

                    // The next chunk may be here already, and then nothing is received before it is handed over.
                    arm?.OnBodyAwaited();
                }
                else
                {
                    writer.Write(content.Span);
                    unflushed = true;
                }
            }

            connection.Consume(done);
            if (done > 0)
            {
                continue;
            }

            if (unflushed)
            {
                unflushed = false;
                connection.Pause();
                if (await SendAsync(context, writer, default, token) is var flushed and not ForwarderError.None)
                {
                    return flushed;
                }
            }

            arm?.OnBodyAwaited();
            connection.Touch();
            int read;
            try
            {
                var receiving = connection.ReceiveOfBodyAsync();
                var waits = !receiving.IsCompleted;
                read = waits && arm is { HoldsStreamsHead: true }
                    ? await arm.AwaitFirstAsync(receiving.AsTask(), token)
                    : await receiving;
                connection.Took(read);
                if (turn.IsOver(read, waits))
                {
                    await Task.Yield();
                }

                if (read == 0)
                {
                    if (body.EndsWithConnection)
                    {
                        break;
                    }

                    throw new HttpRequestException(HttpRequestError.ResponseEnded, "The connection ended before the response did.");
                }
            }
            catch (Exception e) when (LeanFailure.IsNetworks(e))
            {
                return Broken(context, arm, e, token.IsCancellationRequested || connection.HasTimedOut);
            }
        }

        connection.Pause();
        // Without a length Kestrel still has the end of the body to send, and sends it together with what is unflushed.
        return unflushed && context.Response.ContentLength is not null ? await SendAsync(context, writer, default, token) : ForwarderError.None;
    }

    public static void CopyTrailers(BodyReader body, HttpContext context, ProxiedRequest? arm)
    {
        arm?.OnTrailers(body.GrpcStatus);
        if (body.Trailers.Count > 0 && context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { IsReadOnly: false } trailers)
        {
            try
            {
                Dictionary<string, List<string?>>? many = null;
                foreach (var (name, value) in body.Trailers)
                {
                    Append(trailers, name, value, ref many);
                }

                Join(trailers, many);
            }
            catch (InvalidOperationException)
            {
                // Kestrel throws for a character that no header may have.
                arm?.OnTrailersWrong();
                BrokenStream.End(context);
            }
        }
    }

    /// <summary>
    /// Keeps headers without a value, which the framework's Append leaves out. Each value that is joined copies all before it: of a name that
    /// comes by the thousand, as it does in a head of 64 KB, that would hold up the thread for half a second.
    /// </summary>
    private static void Append(IHeaderDictionary headers, string name, string value, ref Dictionary<string, List<string?>>? many)
    {
        if (many is not null && many.TryGetValue(name, out var values))
        {
            values.Add(value);
            return;
        }

        var before = headers[name];
        if (before.Count < Few)
        {
            headers[name] = StringValues.Concat(before, value);
        }
        else
        {
            (many ??= new(StringComparer.OrdinalIgnoreCase)).Add(name, [.. before, value]);
        }
    }

    private static void Join(IHeaderDictionary headers, Dictionary<string, List<string?>>? many)
    {
        if (many is not null)
        {
            foreach (var (name, values) in many)
            {
                headers[name] = values.ToArray();
            }
        }
    }

    /// <param name="taken">The bytes of content at the start of what is unread.</param>
    private static int Step(LeanConnection connection, out int taken)
    {
        var done = connection.Body.Step(connection.Unread, out var content);
        taken = content.Length;
        return done;
    }

    /// <param name="content">Empty for what was written before.</param>
    private static async ValueTask<ForwarderError> SendAsync(
        HttpContext context, System.IO.Pipelines.PipeWriter writer, ReadOnlyMemory<byte> content, CancellationToken token)
    {
        try
        {
            var flushed = content.IsEmpty ? await writer.FlushAsync(token) : await writer.WriteAsync(content, token);
            if (!flushed.IsCompleted && !flushed.IsCanceled)
            {
                return ForwarderError.None;
            }

            BrokenStream.Cut(context);
            return LeanFailure.Tell(context, ForwarderError.ResponseBodyCanceled, null);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            BrokenStream.Cut(context);
            return LeanFailure.Tell(
                context,
                token.IsCancellationRequested ? ForwarderError.ResponseBodyCanceled : ForwarderError.ResponseBodyClient,
                e);
        }
    }

    private static ForwarderError Broken(HttpContext context, ProxiedRequest? arm, Exception exception, bool canceled)
    {
        arm?.OnBodyBroken(exception, canceled);
        var error = canceled ? ForwarderError.ResponseBodyCanceled : ForwarderError.ResponseBodyDestination;
        if (context.Response.HasStarted)
        {
            BrokenStream.Cut(context);
        }
        else
        {
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
        }

        return LeanFailure.Tell(context, error, exception);
    }
}
