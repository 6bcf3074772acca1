using System.Buffers;

namespace Snapback.Proxy.Observing;

/// <summary>
/// The body of a response that is short and came with its head, as most do: it is written here, and the forwarder finds nothing left to
/// copy, which would take it two state machines, four reads and the streams in between. Nothing of it can break any more. Of HTTP/1.1
/// only: the handler holds that to its length.
/// </summary>
internal static class ShortAnswer
{
    /// <summary>The handler reads a head, and what comes with it, into 4 KiB.</summary>
    private const int Longest = 3 * 1024;

    public static bool MayBe(HttpResponseMessage response, in AnswerHead head, ProxiedRequest request) =>
        head.Length is > 0 and <= Longest && response.Version.Major < 2 && request is { Uploads: false, Witness: null, Pick.IsCopy: false };

    /// <summary>Waits for nothing.</summary>
    /// <param name="whole">All of it, to be given back to the shared pool; null if there is more to come.</param>
    /// <returns>Null with <paramref name="whole"/>; else what was begun to be read, which whoever reads on begins with.</returns>
    public static BegunBody? TryRead(Stream body, int length, CancellationToken cancellationToken, out byte[]? whole)
    {
        whole = null;
        // Of nothing: it tells whether there is something, and no buffer waits for it if there is not.
        var probe = body.ReadAsync(Memory<byte>.Empty, cancellationToken);
        if (!probe.IsCompletedSuccessfully)
        {
            return new BegunBody(probe.AsTask(), []);
        }

        _ = probe.Result;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        var reading = body.ReadAsync(buffer.AsMemory(0, length), cancellationToken);
        if (!reading.IsCompletedSuccessfully)
        {
            return new BegunBody(reading.AsTask(), buffer);
        }

        if (reading.Result is var read && read < length)
        {
            return new BegunBody(Task.FromResult(read), buffer);
        }

        whole = buffer;
        return null;
    }

    /// <summary>With the response's own head and end, in one piece.</summary>
    /// <returns>False: there is no body for the forwarder to copy.</returns>
    public static ValueTask<bool> WriteAsync(HttpResponse response, byte[] whole, int length)
    {
        var starting = response.StartAsync();
        return starting.IsCompletedSuccessfully ? new ValueTask<bool>(Write(response, whole, length)) : AfterAsync(starting, response, whole, length);
    }

    private static async ValueTask<bool> AfterAsync(Task starting, HttpResponse response, byte[] whole, int length)
    {
        await starting;
        return Write(response, whole, length);
    }

    private static bool Write(HttpResponse response, byte[] whole, int length)
    {
        response.BodyWriter.Write(whole.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(whole);
        return false;
    }
}
