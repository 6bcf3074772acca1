using System.Buffers;
using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Expressions;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Comparing;

/// <summary>Two arms' answers to the same request, held beside each other by a plan's terms.</summary>
public sealed class AnswerComparison(ComparisonTerms terms)
{
    /// <summary>Bytes of an unpacked body; a small one may be made to unpack into a huge one.</summary>
    private const int LargestDocument = 1024 * 1024;

    /// <summary>Their values are the service's and not a user's.</summary>
    private static readonly string[] Harmless = ["content-type", "content-encoding", "content-language", "cache-control", "vary", "allow"];

    private readonly ImmutableArray<JsonPath> _ignored =
        [.. terms.Ignore.Select(text => JsonPath.TryParse(text, out var path, out _) ? path : JsonPath.Root)];

    /// <returns>Null if a body could not be read, or there is none to hold the other against.</returns>
    public IReadOnlyCollection<AnswerDifference>? Find(SeenAnswer stable, SeenAnswer canary)
    {
        if ((stable.Status, canary.Status) is (StatusCodes.Status304NotModified, StatusCodes.Status200OK))
        {
            // The client has stable's answer already, by an ETag that only stable gave: the canary's may be another.
            return null;
        }

        var found = new List<AnswerDifference>();
        if (terms.Status && stable.Status != canary.Status)
        {
            found.Add(new AnswerDifference("status", $"{stable.Status}", $"{canary.Status}"));
        }

        foreach (var name in terms.Headers)
        {
            var (one, other) = (stable.Headers.GetValueOrDefault(name, ""), canary.Headers.GetValueOrDefault(name, ""));
            if (one != other)
            {
                found.Add(new AnswerDifference($"header {name.ToLowerInvariant()}", Shown(name, one), Shown(name, other)));
            }
        }

        // Of two statuses each has the body that belongs to it.
        if (terms.Json && stable.IsJson && canary.IsJson && stable.Status == canary.Status)
        {
            try
            {
                found.AddRange(JsonDifferences.Of(Read(stable), Read(canary), _ignored));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // A service may answer anything, and nobody else is on this thread: what is thrown here would end the proxy.
                return null;
            }
        }

        return found;
    }

    private static string Shown(string name, string value) => value.Length == 0 ? "missing"
        : Harmless.Contains(name, StringComparer.OrdinalIgnoreCase) ? value
        : Masked.Text(value);

    /// <returns>Undefined where there is no body.</returns>
    private static JsonElement Read(SeenAnswer answer)
    {
        using var packed = new MemoryStream(answer.Body.ToArray());
        using Stream? unpacking = answer.Coding.ToLowerInvariant() switch
        {
            "" or "identity" => null,
            "gzip" => new GZipStream(packed, CompressionMode.Decompress),
            "br" => new BrotliStream(packed, CompressionMode.Decompress),
            "deflate" => new ZLibStream(packed, CompressionMode.Decompress),
            var other => throw new InvalidDataException(other),
        };
        if (unpacking is null)
        {
            return Parse(answer.Body.Span);
        }

        // Rented: an array of this size is a large object, and one for every answer would cost the traffic full collections.
        var document = ArrayPool<byte>.Shared.Rent(LargestDocument);
        try
        {
            var length = unpacking.ReadAtLeast(document.AsSpan(0, LargestDocument), LargestDocument, throwOnEndOfStream: false);
            return length < LargestDocument ? Parse(document.AsSpan(0, length)) : throw new InvalidDataException("Too large.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(document);
        }
    }

    private static JsonElement Parse(ReadOnlySpan<byte> bytes)
    {
        var json = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        return json.IsEmpty ? default : JsonElement.Parse(json);
    }
}
