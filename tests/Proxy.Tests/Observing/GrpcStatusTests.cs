using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Snapback.Proxy.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Observing;

public sealed class GrpcStatusTests
{
    [Fact]
    public void The_callee_is_to_blame_for_five_codes_and_for_what_is_no_code() =>
        Assert.Equal([-1, 2, 4, 13, 14, 15, 17, 18], Enumerable.Range(-1, 20).Where(GrpcStatus.IsFailure));

    [Theory]
    [InlineData("1n", 0L)]
    [InlineData("20u", 20 * TimeSpan.TicksPerMicrosecond)]
    [InlineData("3m", 3 * TimeSpan.TicksPerMillisecond)]
    [InlineData("99999999S", 99_999_999 * TimeSpan.TicksPerSecond)]
    [InlineData("5M", 5 * TimeSpan.TicksPerMinute)]
    [InlineData("99999999H", 99_999_999 * TimeSpan.TicksPerHour)]
    [InlineData("123456789S", null)]
    [InlineData("-1S", null)]
    [InlineData("S", null)]
    [InlineData("5", null)]
    [InlineData("5s", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_call_may_bring_its_own_time(string? header, long? ticks)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers["grpc-timeout"] = header;
        Assert.Equal(ticks, GrpcStatus.TimeoutOf(request)?.Ticks);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("14", 14)]
    [InlineData("x", -1)]
    [InlineData("", -1)]
    [InlineData(null, null)]
    public void The_status_is_read_from_header_or_trailer(string? value, int? expected)
    {
        using var response = new HttpResponseMessage();
        foreach (var headers in (HttpHeaders[])[response.Headers, response.TrailingHeaders])
        {
            Assert.True(value is null || headers.TryAddWithoutValidation("grpc-status", value));
            Assert.Equal(expected, GrpcStatus.Of(GrpcStatus.In(headers)));
        }
    }

    [Theory]
    [InlineData("application/grpc", true, true)]
    [InlineData("application/grpc+proto; charset=utf-8", true, true)]
    [InlineData("Application/GRPC-web", true, false)]
    [InlineData("application/grpc-web-text+proto", true, false)]
    [InlineData("application/json", false, false)]
    [InlineData(null, false, false)]
    public void A_response_is_gRPC_by_its_type_and_only_plain_gRPC_must_have_trailers(string? type, bool speaks, bool hasTrailers)
    {
        using var response = new HttpResponseMessage { Content = new ByteArrayContent([]) };
        response.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        Assert.Equal((speaks, speaks && !hasTrailers), (GrpcStatus.Speaks(AnswerHead.Of(response)), GrpcStatus.IsWeb(AnswerHead.Of(response))));
    }
}
