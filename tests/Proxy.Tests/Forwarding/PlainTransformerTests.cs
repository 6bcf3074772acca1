using System.Net;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Snapback.Proxy.Forwarding;
using Xunit;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Snapback.Proxy.Tests.Forwarding;

public sealed class PlainTransformerTests
{
    private static readonly RouteConfig Bare = new() { RouteId = "r", ClusterId = "c", Match = new RouteMatch { Path = "/{**any}" } };
    private static readonly RouteConfig KeepsHost = Bare with { Transforms = [new Dictionary<string, string> { ["RequestHeaderOriginalHost"] = "True" }] };

    private static readonly ITransformBuilder Yarps = Services().GetRequiredService<ITransformBuilder>();

    private static readonly Gen<(string, string)[]> Headers = Gen.Select(
        Gen.OneOf(
            "Host",
            "Accept",
            "Cookie",
            "X-Forwarded-For",
            "x-forwarded-host",
            "X-FORWARDED-PROTO",
            "X-Forwarded-Prefix",
            "Forwarded",
            "TE",
            "Connection",
            "Content-Type",
            "X-A"),
        Gen.OneOf("a", "b, c", "trailers", "x-a", "a.example:8080", "ä", "")).Array[0, 6];

    private static readonly Gen<(string, string)[]> Answered = Gen.Select(
        Gen.OneOf(
            "Connection",
            "Set-Cookie",
            "Strict-Transport-Security",
            "Content-Length",
            "Transfer-Encoding",
            "Content-Type",
            "X-A",
            "X-B",
            "Keep-Alive"),
        Gen.OneOf("x-a", "close, X-B", "0", "7", "chunked", "a=1; Path=/")).Array[0, 6];

    [Fact]
    public void Asks_what_YARPs_own_transforms_ask() =>
        Gen.Select(
            Headers,
            Gen.OneOf(Bare, KeepsHost),
            Gen.OneOf("", "192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"),
            Gen.OneOf("HTTP/1.1", "HTTP/2"),
            Gen.OneOf("", "/base"),
            Gen.OneOf("/", "/a%7e?q=<1>", "http://h.example/b", "*"),
            Gen.OneOf(null, "own.example"))
            .Sample((headers, route, client, protocol, prefix, target, ownHost) =>
            {
                var (ours, theirs) = (Both(route).Ours, Both(route).Theirs);
                Assert.Equal(Asked(theirs), Asked(ours));

                string Asked(HttpTransformer transformer)
                {
                    var context = new DefaultHttpContext();
                    foreach (var (name, value) in headers)
                    {
                        context.Request.Headers.Append(name, value);
                    }

                    context.Connection.RemoteIpAddress = client.Length == 0 ? null : IPAddress.Parse(client);
                    (context.Request.Method, context.Request.Scheme, context.Request.Protocol, context.Request.PathBase) = (
                        "GET", "https", protocol, prefix);
                    context.Features.Get<IHttpRequestFeature>()!.RawTarget = target;
                    context.Request.Path = target == "*" ? "" : "/a~";
                    context.Request.QueryString = target.Contains('?') ? new QueryString("?q=<1>") : default;
                    var destination = new DestinationState(
                        "d", new DestinationModel(new DestinationConfig { Address = "http://127.0.0.1:5000/", Host = ownHost }));
                    context.Features.Set<IReverseProxyFeature>(new ReverseProxyFeature { ProxiedDestination = destination });
                    using var message = new HttpRequestMessage();
                    transformer
                        .TransformRequestAsync(context, message, "http://127.0.0.1:5000/", CancellationToken.None)
                        .AsTask()
                        .GetAwaiter()
                        .GetResult();
                    // What is left to the forwarder it makes of the same.
                    var uri = message.RequestUri
                        ?? RequestUtilities.MakeDestinationAddress(
                            "http://127.0.0.1:5000/", context.Request.Path, context.Request.QueryString);
                    var sent = message.Headers.NonValidated.Select(header => $"{header.Key}: {header.Value}").Order(StringComparer.Ordinal);
                    return $"{uri.OriginalString}\n{string.Join('\n', sent)}";
                }
            }, iter: 2_000, threads: 1);

    [Fact]
    public void Answers_what_YARPs_own_transforms_answer() => Gen.Select(Answered, Gen.OneOf(200, 204, 304, 500)).Sample((headers, status) =>
    {
        Assert.Equal(Answer(Both(Bare).Theirs), Answer(Both(Bare).Ours));

        string Answer(HttpTransformer transformer)
        {
            var context = new DefaultHttpContext();
            context.Features.Get<IHttpResponseFeature>()!.ReasonPhrase = "Fine";
            using var message = new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent([]) };
            message.Content.Headers.ContentLength = null;
            foreach (var (name, value) in headers)
            {
                _ = message.Headers.TryAddWithoutValidation(name, value) || message.Content.Headers.TryAddWithoutValidation(name, value);
            }

            var passes = transformer.TransformResponseAsync(context, message, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            var answered = context.Response.Headers.Select(header => $"{header.Key}: {header.Value}").Order(StringComparer.Ordinal);
            return $"{passes} {context.Features.Get<IHttpResponseFeature>()!.ReasonPhrase}\n{string.Join('\n', answered)}";
        }
    }, iter: 2_000, threads: 1);

    [Theory]
    [InlineData("PathPrefix", "/a")]
    [InlineData("X-Forwarded", "Append")]
    [InlineData("RequestHeaderOriginalHost", "false")]
    [InlineData("RequestHeadersCopy", "false")]
    public void Leaves_a_route_with_transforms_of_its_own_to_them(string name, string value) =>
        Assert.False(PlainTransformer.Fits(Bare with { Transforms = [new Dictionary<string, string> { [name] = value }] }, out _));

    private static (HttpTransformer Ours, HttpTransformer Theirs) Both(RouteConfig route)
    {
        var theirs = Yarps.Build(route, new ClusterConfig { ClusterId = "c" });
        return (PlainTransformer.For(new RouteModel(route, null, theirs))!, theirs);
    }

    private static ServiceProvider Services()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddReverseProxy().AddTransforms<Verbatim>();
        return services.BuildServiceProvider();
    }
}
