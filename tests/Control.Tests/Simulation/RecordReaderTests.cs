using Snapback.Control.Analysis;
using Snapback.Control.Simulation;
using Xunit;

namespace Snapback.Control.Tests.Simulation;

public sealed class RecordReaderTests
{
    private const double At = 1_791_633_336; // 2026-10-10 11:55:36 UTC

    [Theory]
    [InlineData("""{"t":12.5,"arm":"stable","outcome":"failure","ms":41,"status":200,"w":0.05}""", 12.5, false, Outcome.Failure, 41.0, 0.05)]
    [InlineData("""{"outcome":"neutral"}""", null, true, Outcome.Neutral, null, null)]
    [InlineData("""{"status":"502","request_time":"0.041"}""", null, true, Outcome.Failure, 41.0, null)]
    [InlineData("""{"status":499}""", null, true, Outcome.Neutral, null, null)]
    [InlineData("""{"status":404,"msec":1791633336.5}""", At + 0.5, true, Outcome.Success, null, null)]
    [InlineData("""{"status":200,"time":1791633336500}""", At + 0.5, true, Outcome.Success, null, null)]
    [InlineData("""{"status":200,"time_iso8601":"2026-10-10T13:55:36+02:00","request_time":"-"}""", At, true, Outcome.Success, null, null)]
    [InlineData("""10.0.0.1 - frank [10/Oct/2026:13:55:36 +0200] "GET /a HTTP/1.1" 200 2326""", At, true, Outcome.Success, null, null)]
    [InlineData("""10.0.0.1 - - [10/Oct/2026:13:55:36 +0200] "GET /a HTTP/1.1" 503 - 0.041""", At, true, Outcome.Failure, 41.0, null)]
    [InlineData("""::1 - - [10/Oct/2026:13:55:36 +0200] "GET /?q=\"x HTTP/1.1" 500 12 "-" "curl \"8\""  """, At, true, Outcome.Failure, null, null)]
    [InlineData("""::1 - - [10/Oct/2026:13:55:36 +0200] "GET / HTTP/1.1" 200 12 "https://a/" "Mozilla/5.0 (X11)" 0.041""", At, true, Outcome.Success, 41.0, null)]
    [InlineData("""::1 - - [10/Oct/2026:13:55:36 +0200] "GET / HTTP/1.1" 200 12 "-" "-" rt=0.041""", At, true, Outcome.Success, 41.0, null)]
    public void A_line_is_read_in_whatever_form_it_has(string line, double? at, bool canary, Outcome outcome, double? ms, double? weight)
    {
        var read = Assert.Single(RecordReader.Read([line]).Responses);

        Assert.Equal((at, canary, outcome, weight, 1), (read.At, read.IsCanary, read.Outcome, read.Weight, read.Line));
        Assert.Equal(ms ?? -1, read.Milliseconds ?? -1, 1e-9);
    }

    [Theory]
    [InlineData("hello", "neither a JSON object nor an access log line")]
    [InlineData("{\"outcome\":\"success\"", "not one whole JSON object")]
    [InlineData("{\"outcome\":\"\\ud800\"}", "half a character")]
    [InlineData("{}", "neither \"outcome\" nor \"status\"")]
    [InlineData("{\"outcome\":\"fine\"}", "'fine'; it is success, failure or neutral")]
    [InlineData("{\"outcome\":\"success\",\"arm\":\"blue\"}", "'blue'; it is canary or stable")]
    [InlineData("{\"outcome\":\"success\",\"w\":5}", "\"w\" is 5; it is a share from 0 to 1")]
    [InlineData("{\"status\":\"ok\"}", "'ok', which is no HTTP status")]
    [InlineData("{\"status\":42}", "'42', which is no HTTP status")]
    [InlineData("a - - [10/Oct/2026:13:55:36 +0200] nothing", "no request in quotes")]
    [InlineData("a - - [10/Oct/2026:13:55:36 +0200] \"GET / HTTP/1.1\" oops 1", "'oops' after the request is no HTTP status")]
    public void A_bad_line_is_counted_and_the_first_is_named(string line, string fault)
    {
        var record = RecordReader.Read(["", """{"outcome":"success"}""", line, "also bad"]);

        Assert.Equal(2, record.Bad);
        Assert.Equal(2, Assert.Single(record.Responses).Line);
        Assert.StartsWith("line 3: ", record.FirstBad, StringComparison.Ordinal);
        Assert.Contains(fault, record.FirstBad, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_recorder_lost_is_no_bad_line()
    {
        var record = RecordReader.Read(["""{"lost":3}""", """{"outcome":"success"}""", """{"lost":7}"""]);

        Assert.Equal((7, 0, 1), (record.Lost, record.Bad, record.Responses.Length));
    }

    [Theory]
    [InlineData("{\"outcome\":\"success\",\"t\":1e300,\"ms\":1e300}")]
    [InlineData("{\"outcome\":\"success\",\"t\":\"NaN\",\"ms\":-1}")]
    [InlineData("{\"outcome\":\"success\",\"t\":null,\"ms\":{},\"w\":[]}")]
    public void Numbers_that_nothing_can_be_made_of_are_left_out(string line)
    {
        var read = Assert.Single(RecordReader.Read([line]).Responses);

        Assert.Equal((null, null, null), (read.At, read.Milliseconds, read.Weight));
    }

    [Theory]
    [InlineData("1760104536000")]
    [InlineData("99999999999999999999")]
    [InlineData("-0.5")]
    public void A_last_number_of_an_access_log_that_is_no_request_time_is_left_out(string last)
    {
        var line = $"::1 - - [10/Oct/2026:13:55:36 +0200] \"GET / HTTP/1.1\" 200 12 \"-\" \"-\" {last}";

        Assert.Null(Assert.Single(RecordReader.Read([line]).Responses).Milliseconds);
    }
}
