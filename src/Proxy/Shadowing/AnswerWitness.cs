using Snapback.Control.Comparing;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Observing;

namespace Snapback.Proxy.Shadowing;

/// <summary>Copies what will be compared of one answer while it passes, up to a limit; the answer itself is neither delayed nor changed.</summary>
internal sealed class AnswerWitness(Comparison comparison, ComparisonTerms terms)
{
    /// <summary>In bytes. A choice: a longer answer is not compared, so that memory is bounded.</summary>
    private const int MaxBody = 64 * 1024;

    private const int FirstSize = 4096;

    private SeenAnswer? _head;
    private byte[] _body = [];
    private int _length;
    private bool _keeps;
    private bool _whole;

    /// <summary>Null if the answer was broken, cut short or too long. Only valid once <see cref="OnEnd"/> was called.</summary>
    public SeenAnswer? Seen => _whole && _head is { } head ? head with { Body = _body.AsMemory(0, _length) } : null;

    public void OnHeaders(HttpResponseMessage response)
    {
        var headers = new Dictionary<string, string>(terms.Headers.Length, StringComparer.OrdinalIgnoreCase);
        foreach (var name in terms.Headers)
        {
            if (response.Headers.NonValidated.TryGetValues(name, out var values)
                || response.Content.Headers.NonValidated.TryGetValues(name, out values))
            {
                headers[name] = values.ToString();
            }
        }

        var isJson = terms.Json && AnswerHead.Of(response).MediaType is var type
            && (type.EndsWith("/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
        var coding = response.Content.Headers.NonValidated.TryGetValues("Content-Encoding", out var codings) ? codings.ToString() : "";
        _head = new SeenAnswer((int)response.StatusCode, headers, isJson, coding, default);
        _keeps = isJson;
    }

    public void OnBody(ReadOnlySpan<byte> bytes)
    {
        if (!_keeps)
        {
            return;
        }

        if (_length + bytes.Length > MaxBody)
        {
            (_keeps, _head, _body, _length) = (false, null, [], 0);
            return;
        }

        if (_length + bytes.Length > _body.Length)
        {
            Array.Resize(ref _body, Math.Max(FirstSize, Math.Max(_length + bytes.Length, 2 * _length)));
        }

        bytes.CopyTo(_body.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <param name="whole">The answer came to its end.</param>
    public void OnEnd(bool whole)
    {
        _whole = whole;
        comparison.End();
    }
}
