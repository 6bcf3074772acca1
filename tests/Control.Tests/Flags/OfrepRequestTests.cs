using System.Text;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Flags;
using Xunit;

namespace Snapback.Control.Tests.Flags;

/// <summary>What applications send.</summary>
public sealed class OfrepRequestTests
{
    [Theory]
    [InlineData("""{"context":{"targetingKey":"ann","plan":["gold"]}}""", "ann", null)]
    [InlineData("""{"context":{"targetingKey":""}}""", null, null)]
    [InlineData("""{"context":{"targetingKey":null}}""", null, null)]
    [InlineData("""{"context":null}""", null, null)]
    [InlineData("{}", null, null)]
    [InlineData("", null, "PARSE_ERROR")]
    [InlineData("{", null, "PARSE_ERROR")]
    [InlineData("[]", null, "PARSE_ERROR")]
    [InlineData("""{"context":[]}""", null, "INVALID_CONTEXT")]
    [InlineData("""{"context":{"targetingKey":7}}""", null, "INVALID_CONTEXT")]
    // Half a character, and a byte that is none.
    [InlineData("""{"context":{"targetingKey":"\ud800"}}""", null, "PARSE_ERROR")]
    [InlineData("{\"context\":{\"targetingKey\":\"\u00ff\"}}", null, "PARSE_ERROR")]
    public async Task Its_user_is_named_or_its_fault_is(string body, string? user, string? fault)
    {
        var context = new DefaultHttpContext { Request = { Body = new MemoryStream(Encoding.Latin1.GetBytes(body)) } };
        var request = await OfrepRequest.ReadAsync(context);
        Assert.Equal((user, fault), (request.TargetingKey, request.ErrorCode));
        Assert.DoesNotContain("LineNumber", request.ErrorDetails ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_the_server_refuses_to_read_is_its_senders_fault_and_no_error_of_this_side()
    {
        var context = new DefaultHttpContext { Request = { Body = new TooLong() } };
        var request = await OfrepRequest.ReadAsync(context);
        Assert.Equal(("PARSE_ERROR", "The body cannot be read: too long"), (request.ErrorCode, request.ErrorDetails));
    }

    private sealed class TooLong : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new BadHttpRequestException("too long", StatusCodes.Status413PayloadTooLarge);
    }
}
