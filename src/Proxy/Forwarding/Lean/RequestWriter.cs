using System.Buffers;
using System.Text;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Snapback.Proxy.Observing;
using Snapback.Proxy.Splitting;

namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>
/// Writes the head of a request to an upstream: the client's, without headers of this hop, and with the ones that YARP adds by default. A head
/// that another server could read differently is refused.
/// </summary>
internal sealed class RequestWriter
{
    /// <summary>In bytes.</summary>
    private const int FirstSize = 2048;

    /// <summary>In bytes: well above the 32 KB of headers that Kestrel accepts by default.</summary>
    private const int MaxSize = 128 * 1024;

    /// <summary>What could end a line for some server; any other character that Kestrel accepted in a value is passed on.</summary>
    private static readonly SearchValues<char> EndsLine = SearchValues.Create("\r\n\0");
    private static readonly SearchValues<char> OfToken = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private byte[] _buffer = new byte[FirstSize];
    private int _length;

    /// <summary>Nothing so far had to be refused.</summary>
    private bool _isWhole;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    /// <param name="ownHost">The Host where the client's is not kept, or there is none.</param>
    /// <returns>False for a request that cannot be written so that every server reads it the same.</returns>
    public bool TryWrite(HttpContext context, string ownHost, bool keepsHost, ProxiedRequest? arm, FlagHeader? flag)
    {
        var request = context.Request;
        var path = RequestTarget.RawPath(context);
        var query = request.QueryString.Value.AsSpan();
        (_length, _isWhole) = (0, true);
        if (path.IsEmpty
            || path.ContainsAnyExcept(RequestTarget.Letters)
            || query.ContainsAnyExcept(RequestTarget.Letters)
            || !IsToken(request.Method))
        {
            return false;
        }

        Add(request.Method);
        Add(" "u8);
        Add(path);
        Add(query);
        Add(" HTTP/1.1\r\nHost: "u8);
        var host = request.Headers.Host;
        AddValue(keepsHost && host is [{ Length: > 0 } only] ? only : ownHost);
        Add("\r\n"u8);
        foreach (var (name, values) in request.Headers)
        {
            if (!IsLeftOut(name))
            {
                AddHeader(name, values);
            }
        }

        if (request.ContentLength.HasValue || MayHaveBody(request.Method))
        {
            // Some servers answer 411 to a POST without a Content-Length.
            Add("Content-Length: 0\r\n"u8);
        }

        AddTrailersWord(context.Request);
        AddForwarded(context);
        if (flag is not null && arm is not null)
        {
            AddHeader(FlagHeader.Name, flag.ValueFor(arm.Pick.Arm));
        }

        if (arm is { Pick.Sequence: > 0 })
        {
            Add(ArmTransformer.SequenceHeader);
            Add(": "u8);
            Add(arm.Generation.Number);
            Add("-"u8);
            Add(arm.Pick.Sequence);
            Add("\r\n"u8);
        }

        Add("\r\n"u8);
        return _isWhole;
    }

    /// <summary>
    /// Host, the length and the X-Forwarded headers are written anew. X-Forwarded-Prefix and Forwarded are dropped, as YARP does by default:
    /// they would describe another hop.
    /// </summary>
    private static bool IsLeftOut(string name) => name.Length switch
    {
        0 => true,
        4 => name.Equals(HeaderNames.Host, StringComparison.OrdinalIgnoreCase),
        9 => name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase),
        14 => name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase),
        15 => name.Equals("X-Forwarded-For", StringComparison.OrdinalIgnoreCase),
        16 => name.Equals("X-Forwarded-Host", StringComparison.OrdinalIgnoreCase),
        17 => name.Equals("X-Forwarded-Proto", StringComparison.OrdinalIgnoreCase),
        18 => name.Equals("X-Forwarded-Prefix", StringComparison.OrdinalIgnoreCase),
        _ => false,
    } || name[0] == ':' || HopHeaders.Contains(name);

    private static bool IsToken(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(OfToken);

    private static bool MayHaveBody(string method) => !SafeMethods.Has(method) && !HttpMethods.IsDelete(method);

    /// <summary>Passes on the only value that TE may have in HTTP/2, "trailers" (RFC 9113, 8.2.2).</summary>
    private void AddTrailersWord(HttpRequest request)
    {
        const string word = "trailers";
        if (request.Headers.TE.Count > 0
            && HttpProtocol.IsHttp2(request.Protocol)
            && request.Headers.GetCommaSeparatedValues(HeaderNames.TE).Contains(word, StringComparer.OrdinalIgnoreCase))
        {
            AddHeader(HeaderNames.TE, word);
        }
    }

    private void AddForwarded(HttpContext context)
    {
        AddHeader("X-Forwarded-For", ForwardedFor.Of(context.Connection.RemoteIpAddress));

        if (context.Request.Headers.Host is [{ Length: > 0 } host])
        {
            AddHeader("X-Forwarded-Host", host);
        }

        AddHeader("X-Forwarded-Proto", context.Request.Scheme);
    }

    private void AddHeader(string name, StringValues values)
    {
        if (values.Count == 0)
        {
            return;
        }

        _isWhole &= IsToken(name);
        Add(name);
        Add(": "u8);
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0)
            {
                Add(
                    name.Equals(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase) ? "; "u8
                        : name.Equals(HeaderNames.UserAgent, StringComparison.OrdinalIgnoreCase) ? " "u8
                        : ", "u8);
            }

            AddValue(values[i]);
        }

        Add("\r\n"u8);
    }

    private void AddValue(string? value)
    {
        _isWhole &= !value.AsSpan().ContainsAny(EndsLine);
        Add(value);
    }

    private void Add(ReadOnlySpan<char> text)
    {
        if (Encoding.Latin1.TryGetBytes(text, Free(text.Length), out var written) && written == text.Length)
        {
            _length += written;
        }
        else
        {
            _isWhole = false;
        }
    }

    private void Add(long number)
    {
        number.TryFormat(Free(20), out var written);
        _length += written;
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Free(bytes.Length));
        _length += bytes.Length;
    }

    private Span<byte> Free(int size)
    {
        if (_buffer.Length - _length < size)
        {
            if (_length + size > MaxSize)
            {
                // Too long: what is written from here on is not sent.
                (_length, _isWhole) = (0, false);
            }

            Array.Resize(ref _buffer, Math.Max(2 * _buffer.Length, _length + size));
        }

        return _buffer.AsSpan(_length);
    }
}
