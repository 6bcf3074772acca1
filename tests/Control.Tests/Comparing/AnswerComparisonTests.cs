using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Snapback.Control.Comparing;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Comparing;

public sealed class AnswerComparisonTests
{
    private static readonly ComparisonTerms Terms = new() { Headers = ["Content-Type", "Location"], Json = true, Ignore = ["$.servedAt", "$.items[*].id"] };

    [Theory]
    // The same by value.
    [InlineData("""{"a":1,"b":[1,2]}""", """{ "b": [1.0, 2e0], "a": 1 }""", "")]
    [InlineData("""{"servedAt":"10:00","items":[{"id":1,"n":2}]}""", """{"servedAt":"11:00","items":[{"id":7,"n":2}]}""", "")]
    [InlineData("""{"servedAt":"10:00"}""", "{}", "")]
    // Each place once, with the shape of what stood there and nothing of it.
    [InlineData("""{"name":"Ann Lee","age":42}""", """{"name":"Bob","age":43}""", """$.name: "xxx xxx" → "xxx"; $.age: 00 → 00""")]
    [InlineData("""{"a":1,"b":null}""", """{"a":"1","c":{}}""", """$.a: 0 → "0"; $.b: null → missing; $.c: missing → an object""")]
    [InlineData("""{"items":[{"n":1},{"n":2}]}""", """{"items":[{"n":9},{"n":9},{"n":9}]}""", "$.items: 2 items → 3 items; $.items[*].n: 0 → 0; $.items[*].n: 0 → 0")]
    [InlineData("[true]", "[false]", "$[*]: true → false")]
    // Of a name that stands twice the last one counts.
    [InlineData("""{"a":1,"a":2}""", """{"a":2}""", "")]
    // A HEAD's answer has none.
    [InlineData("", "", "")]
    [InlineData("{}", "", "$: an object → no body")]
    [InlineData("", "null", "$: no body → null")]
    // As browsers and the framework's own reader do.
    [InlineData("\ufeff{\"a\":1}", """{"a":1}""", "")]
    // A name goes to somebody's terminal.
    [InlineData("""{"\u001b[2J\r\n":1}""", "{}", "$..[2J..: 0 → missing")]
    [InlineData("""{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa":1}""", "{}", "$.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…: 0 → missing")]
    public void Bodies_are_compared_by_value(string stable, string canary, string expected) =>
        Assert.Equal(expected, Told(new AnswerComparison(Terms).Find(Json(stable), Json(canary))));

    [Fact]
    public void Statuses_and_named_headers_are_compared_and_values_that_may_be_a_users_are_masked()
    {
        var stable = Json("{}") with { Headers = new Dictionary<string, string> { ["Content-Type"] = "application/json", ["Location"] = "/users/ann/7" } };
        var canary = Json("{}") with { Status = 404, Headers = new Dictionary<string, string> { ["Content-Type"] = "text/html" } };
        Assert.Equal(
            "status: 200 → 404; header content-type: application/json → text/html; header location: /xxxxx/xxx/0 → missing",
            Told(new AnswerComparison(Terms).Find(stable, canary)));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public void A_packed_body_is_what_it_unpacks_to(string coding)
    {
        var packed = Json("""{"a":1}""") with { Coding = coding, Body = Pack(coding, Encoding.UTF8.GetBytes("""{"a":2}""")) };
        Assert.Equal("$.a: 0 → 0", Told(new AnswerComparison(Terms).Find(Json("""{"a":1}"""), packed)));
    }

    [Fact]
    public void What_cannot_be_read_is_not_compared()
    {
        var rules = new AnswerComparison(Terms);
        Assert.Null(rules.Find(Json("{}"), Json("{")));
        Assert.Null(rules.Find(Json("{}"), Json("{}") with { Coding = "zstd" }));
        var bomb = Pack("gzip", Encoding.UTF8.GetBytes($"\"{new string('a', 2_000_000)}\""));
        Assert.Null(rules.Find(Json("{}"), Json("{}") with { Coding = "gzip", Body = bomb }));
        Assert.Empty(rules.Find(Json("{}"), Json("x") with { IsJson = false })!);
        Assert.Null(rules.Find(Json("""{"a":"\ud800"}"""), Json("""{"a":"\ud801"}""")));
        Assert.Null(rules.Find(Json("""{"\ud800":1}"""), Json("""{"\ud801":1}""")));
    }

    [Fact]
    public void That_the_client_still_has_stables_answer_says_nothing_of_a_canary_with_etags_of_its_own()
    {
        var (whole, known) = (Json("{}"), Json("") with { Status = 304, IsJson = false });
        Assert.Null(new AnswerComparison(Terms).Find(known, whole));
        Assert.Empty(new AnswerComparison(Terms).Find(known, known)!);
        Assert.Equal("status: 200 → 304", Told(new AnswerComparison(Terms).Find(whole, known)));
        Assert.Equal("status: 304 → 500", Told(new AnswerComparison(Terms).Find(known, whole with { Status = 500 })));
    }

    /// <summary>It is the traffic's processor that compares.</summary>
    [Fact]
    public void A_document_of_very_many_members_takes_no_time()
    {
        var members = Encoding.UTF8.GetBytes($"{{{string.Join(',', Enumerable.Range(0, 80_000).Select(i => $"\"{i}\":0"))}}}");
        var answer = Json("") with { Coding = "gzip", Body = Pack("gzip", members) };
        var since = Stopwatch.GetTimestamp();
        Assert.Empty(new AnswerComparison(Terms).Find(answer, answer)!);
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void A_small_packed_answer_takes_no_megabyte_of_memory()
    {
        var answer = Json("") with { Coding = "gzip", Body = Pack("gzip", Encoding.UTF8.GetBytes("""{"a":1}""")) };
        var rules = new AnswerComparison(Terms);
        Assert.InRange(Allocated.Bytes(1, () => rules.Find(answer, answer)), 1, 100_000);
    }

    [Fact]
    public void The_report_is_bounded_whatever_differs()
    {
        var found = new ShadowDifferences();
        for (var i = 0; i < 500; i++)
        {
            found.Add([new AnswerDifference($"$.{i % 100}", "0", "1")], DateTimeOffset.UnixEpoch, "GET", "/");
        }

        found.Add([], DateTimeOffset.UnixEpoch, "GET", "/");
        Assert.Equal((501L, 500L, 51), (found.Compared, found.Different, found.Places.Length));
        Assert.Equal(("other places", 250L), (found.Places[0].Where, found.Places[0].Count));
        Assert.All(found.Places, place => Assert.Equal(3, place.Samples.Length));
    }

    private static SeenAnswer Json(string body) => new(200, new Dictionary<string, string>(), IsJson: true, "", Encoding.UTF8.GetBytes(body));

    private static string Told(IReadOnlyCollection<AnswerDifference>? found) =>
        string.Join("; ", found!.Select(one => $"{one.Where}: {one.Stable} → {one.Canary}"));

    private static byte[] Pack(string coding, byte[] bytes)
    {
        using var to = new MemoryStream();
        using (Stream packing = coding switch
        {
            "gzip" => new GZipStream(to, CompressionMode.Compress),
            "br" => new BrotliStream(to, CompressionMode.Compress),
            _ => new ZLibStream(to, CompressionMode.Compress)
        })
        {
            packing.Write(bytes);
        }

        return to.ToArray();
    }
}
