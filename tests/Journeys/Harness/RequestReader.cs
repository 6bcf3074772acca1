using System.Text;

namespace Snapback.Journeys.Harness;

/// <summary>Reads one request after the other from a connection; of each it keeps only which canary pick it was.</summary>
internal sealed class RequestReader(Stream stream)
{
    private const string PickHeader = "x-snapback-seq:";

    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _filled;

    /// <returns>The value of x-snapback-seq, empty without one; null at the end of the connection.</returns>
    public async Task<string?> NextAsync(CancellationToken stop)
    {
        int end;
        while ((end = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (!await FillAsync(stop))
            {
                return null;
            }
        }

        var head = Encoding.Latin1.GetString(_buffer, 0, end);
        Take(end + 4);
        if (Header(head, "transfer-encoding:") is not null)
        {
            return await SkipAsync(() => _buffer.AsSpan(0, _filled).IndexOf("0\r\n\r\n"u8) is >= 0 and var last ? last + 5 : null, stop) ? Pick(head) : null;
        }

        var length = Header(head, "content-length:") is { } text ? int.Parse(text) : 0;
        return await SkipAsync(() => _filled >= length ? length : null, stop) ? Pick(head) : null;
    }

    private static string Pick(string head) => Header(head, PickHeader) ?? "";

    private static string? Header(string head, string name) =>
        head.Split("\r\n").Skip(1).FirstOrDefault(line => line.StartsWith(name, StringComparison.OrdinalIgnoreCase))?[name.Length..].Trim();

    /// <summary>Small bodies only: they fit the buffer.</summary>
    private async Task<bool> SkipAsync(Func<int?> whole, CancellationToken stop)
    {
        int? length;
        while ((length = whole()) is null)
        {
            if (!await FillAsync(stop))
            {
                return false;
            }
        }

        Take(length.Value);
        return true;
    }

    private async Task<bool> FillAsync(CancellationToken stop)
    {
        var read = await stream.ReadAsync(_buffer.AsMemory(_filled), stop);
        _filled += read;
        return read > 0;
    }

    private void Take(int count)
    {
        _buffer.AsSpan(count, _filled - count).CopyTo(_buffer);
        _filled -= count;
    }
}
